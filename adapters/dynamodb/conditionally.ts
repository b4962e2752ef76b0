import { DynamoDBMarshalled } from '@aws-lambda-powertools/parser/helpers/dynamodb';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';

const unmarshalled = DynamoDBMarshalled(z.unknown());

type Conditional<T> =
  | { readonly held: true; readonly value: T }
  | { readonly held: false; readonly item: unknown };

/**
 * Runs a conditional write. Where its condition does not hold, answers the item that stands there, which the write
 * must ask for (`ReturnValuesOnConditionCheckFailure`).
 */
export async function conditionally<T>(write: () => Promise<T>): Promise<Conditional<T>> {
  try {
    return { held: true, value: await write() };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    // The document client does not unmarshal what an error carries.
    return {
      held: false,
      item: error.Item === undefined ? undefined : unmarshalled.parse(error.Item),
    };
  }
}
