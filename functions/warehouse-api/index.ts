import { api } from '../shared/http/api.ts';
import { cancelOrder } from './cancel.ts';
import { type Dependencies, dependencies } from './dependencies.ts';
import { listReturns, receiveReturn } from './returns.ts';
import { correctStock, listStock, receiveGoods } from './stock.ts';
import { claimTask, completeTask, listTasks } from './tasks.ts';

export const warehouseApi = api<Dependencies>({
  name: 'warehouse-api',
  routes: {
    'GET /warehouse/tasks': listTasks,
    'POST /warehouse/tasks/{taskId}/claim': claimTask,
    'POST /warehouse/tasks/{taskId}/complete': completeTask,
    'POST /warehouse/orders/{orderId}/cancel': cancelOrder,
    'GET /warehouse/stock': listStock,
    'POST /warehouse/receipts': receiveGoods,
    'POST /warehouse/corrections': correctStock,
    'GET /warehouse/returns': listReturns,
    'POST /warehouse/tasks/{taskId}/return-received': receiveReturn,
  },
});

export const handler = warehouseApi(dependencies);
