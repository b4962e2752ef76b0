import { api } from '../shared/http/api.ts';
import { command } from './commands.ts';
import { listDeliveries } from './deliveries.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const courierApi = api<Dependencies>({
  name: 'courier-api',
  routes: {
    'GET /courier/deliveries': listDeliveries,
    'POST /courier/deliveries/{deliveryId}/accept': command('accept'),
    'POST /courier/deliveries/{deliveryId}/delivered': command('delivered'),
  },
});

export const handler = courierApi(dependencies);
