import { api } from '../shared/http/api.ts';
import { cancelOrder } from './cancel.ts';
import { type Dependencies, dependencies } from './dependencies.ts';
import { claimTask, completeTask, listTasks } from './tasks.ts';

export const warehouseApi = api<Dependencies>({
  name: 'warehouse-api',
  routes: {
    'GET /warehouse/tasks': listTasks,
    'POST /warehouse/tasks/{taskId}/claim': claimTask,
    'POST /warehouse/tasks/{taskId}/complete': completeTask,
    'POST /warehouse/orders/{orderId}/cancel': cancelOrder,
  },
});

export const handler = warehouseApi(dependencies);
