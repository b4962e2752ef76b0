import * as z from 'zod';
import { type Product, productSchema } from './product.ts';

/** The shop's first goods and how many of each are on the shelf: for every stage but production. */
const goods = {
  'Coffee & Tea': [
    ['COF-ESP-250', 'Espresso Blend "Hafenkante", 250 g', 890, 280, 140],
    ['COF-ESP-1000', 'Espresso Blend "Hafenkante", 1 kg', 2990, 1080, 60],
    ['COF-ETH-250', 'Ethiopia Yirgacheffe, filter roast, 250 g', 1190, 280, 80],
    ['COF-COL-250', 'Colombia Huila, filter roast, 250 g', 1050, 280, 80],
    ['COF-DEC-250', 'Decaf Mexico Chiapas, 250 g', 1090, 280, 40],
    ['TEA-ASM-100', 'Assam second flush, loose leaf, 100 g', 950, 140, 55],
    ['TEA-SEN-100', 'Sencha Makinohara, loose leaf, 100 g', 1290, 140, 45],
    ['TEA-ROO-100', 'Rooibos with orange peel, 100 g', 590, 140, 90],
    ['TEA-CHA-020', 'Chamomile, 20 pyramid bags', 450, 70, 120],
    ['TEA-MAT-030', 'Matcha from Uji, 30 g tin', 2450, 90, 24],
  ],
  Brewing: [
    ['BRW-V60-02', 'Porcelain pour-over dripper, size 02', 2690, 620, 30],
    ['BRW-FLT-100', 'Paper filters size 02, 100 pieces', 690, 180, 200],
    ['BRW-FRP-800', 'French press, steel and glass, 0.8 l', 3990, 910, 25],
    ['BRW-MOK-300', 'Moka pot, 6 cups', 3490, 760, 28],
    ['BRW-GRD-MAN', 'Hand grinder, conical steel burrs', 8900, 650, 14],
    ['BRW-SCL-001', 'Coffee scale with timer, 0.1 g', 4490, 480, 18],
    ['BRW-KTL-900', 'Gooseneck kettle, 0.9 l', 6990, 1150, 12],
    ['BRW-TPT-700', 'Cast-iron teapot, 0.7 l', 5490, 1900, 9],
    ['BRW-STR-001', 'Tea strainer, fine mesh', 890, 60, 75],
  ],
  Kitchen: [
    ['KIT-KNF-CHF', "Chef's knife, 20 cm, carbon steel", 8990, 340, 15],
    ['KIT-KNF-PAR', 'Paring knife, 9 cm', 2490, 110, 40],
    ['KIT-BRD-OAK', 'Cutting board, oiled oak, 40 by 28 cm', 4290, 2100, 20],
    ['KIT-PAN-CST', 'Cast-iron skillet, 26 cm', 4990, 2900, 16],
    ['KIT-POT-CST', 'Enamelled casserole, 4.5 l', 15900, 5600, 6],
    ['KIT-WOK-STL', 'Carbon steel wok, 32 cm', 3890, 1800, 11],
    ['KIT-BWL-SET', 'Mixing bowls, set of three, steel', 3290, 980, 22],
    ['KIT-SCL-010', 'Kitchen scale, up to 10 kg', 2990, 720, 30],
    ['KIT-MIL-PEP', 'Pepper mill, beech, 18 cm', 3490, 330, 26],
    ['KIT-TWL-LIN', 'Linen tea towels, set of two', 1990, 210, 65],
    ['KIT-JAR-500', 'Preserving jars, 0.5 l, set of six', 1890, 2300, 32],
  ],
  Table: [
    ['TAB-MUG-GRY', 'Stoneware mug, grey, 0.3 l', 1490, 390, 90],
    ['TAB-MUG-BLU', 'Stoneware mug, blue, 0.3 l', 1490, 390, 85],
    ['TAB-CUP-ESP', 'Espresso cups, set of four', 2790, 720, 33],
    ['TAB-PLT-27', 'Dinner plate, stoneware, 27 cm', 1890, 820, 70],
    ['TAB-PLT-21', 'Side plate, stoneware, 21 cm', 1390, 510, 70],
    ['TAB-BWL-16', 'Cereal bowl, stoneware, 16 cm', 1290, 480, 80],
    ['TAB-GLS-SET', 'Tumblers, recycled glass, set of six', 2490, 1650, 27],
    ['TAB-CRF-100', 'Water carafe with cork, 1 l', 2190, 790, 24],
    ['TAB-CUT-24', 'Cutlery, brushed steel, 24 pieces', 8490, 1450, 8],
  ],
  Pantry: [
    ['PAN-OIL-500', 'Olive oil, Koroneiki, 0.5 l', 1390, 950, 95],
    ['PAN-VIN-250', 'Apple balsamic vinegar, 0.25 l', 1090, 480, 50],
    ['PAN-HNY-350', 'Linden honey, 350 g', 890, 560, 60],
    ['PAN-CHO-070', 'Dark chocolate 70 %, 80 g', 390, 95, 240],
    ['PAN-CHO-GFT', 'Chocolate selection, 12 bars', 3990, 1180, 18],
    ['PAN-SAL-150', 'Sea salt flakes, 150 g', 590, 190, 110],
    ['PAN-PEP-070', 'Tellicherry pepper, 70 g', 690, 150, 75],
    ['PAN-PST-500', 'Bronze-cut rigatoni, 500 g', 420, 530, 160],
    ['PAN-JAM-APR', 'Apricot jam, 230 g', 550, 390, 85],
    ['PAN-MUS-190', 'Whole-grain mustard, 190 g', 480, 330, 70],
  ],
  'Paper & Desk': [
    ['DSK-NTB-A5D', 'Notebook A5, dotted, thread-bound', 1690, 320, 100],
    ['DSK-NTB-A6L', 'Pocket notebook A6, lined, set of three', 1290, 210, 90],
    ['DSK-PEN-FNT', 'Fountain pen, brushed aluminium, F', 3490, 60, 35],
    ['DSK-INK-030', 'Ink, blue-black, 30 ml', 990, 130, 60],
    ['DSK-PCL-012', 'Pencils HB, cedar, set of twelve', 1190, 110, 80],
    ['DSK-LMP-001', 'Desk lamp, dimmable, 2700 to 5000 K', 11900, 2600, 5],
    ['DSK-CAL-027', 'Wall calendar 2027, letterpress', 2290, 410, 45],
  ],
  Rarities: [
    ['RAR-VAS-001', 'Wood-fired vase, one of one', 24900, 1700, 1],
    ['RAR-CHW-002', 'Raku tea bowl, signed', 18500, 520, 2],
    ['RAR-KNF-DAM', 'Damascus santoku, limited run', 32900, 410, 3],
    ['RAR-GES-100', 'Panama Geisha, 100 g, lot 14', 4900, 130, 5],
  ],
} as const satisfies Record<
  string,
  readonly (readonly [
    sku: string,
    name: string,
    /** Cents. */
    unitPrice: number,
    /** Grams, packed. */
    weight: number,
    onHand: number,
  ])[]
>;

const seedProductSchema = productSchema.extend({ onHand: z.int().min(0) });

export const seedProducts: readonly (Product & { readonly onHand: number })[] = Object.entries(
  goods,
).flatMap(([category, items]) =>
  items.map(([sku, name, unitPrice, weight, onHand]) =>
    seedProductSchema.parse({
      sku,
      name,
      category,
      unitPrice,
      currency: 'EUR',
      weight,
      active: true,
      onHand,
    }),
  ),
);
