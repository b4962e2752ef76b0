import { api } from '../shared/http/api.ts';
import { accept, delivered, failed, lost } from './commands.ts';
import { listDeliveries } from './deliveries.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const courierApi = api<Dependencies>({
  name: 'courier-api',
  routes: {
    'GET /courier/deliveries': listDeliveries,
    'POST /courier/deliveries/{deliveryId}/accept': accept,
    'POST /courier/deliveries/{deliveryId}/delivered': delivered,
    'POST /courier/deliveries/{deliveryId}/failed': failed,
    'POST /courier/deliveries/{deliveryId}/lost': lost,
  },
});

export const handler = courierApi(dependencies);
