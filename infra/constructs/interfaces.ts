import type { ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Alias, IFunction, IVersion, Version } from 'aws-cdk-lib/aws-lambda';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';

/**
 * CDK is compiled without exactOptionalPropertyTypes, under which some of its classes do not fit the interfaces
 * they implement (an optional property is `T | undefined` in the class). Said once, here.
 */
export const asVpc = (vpc: Vpc) => vpc as IVpc;
export const asTable = (table: Table) => table as ITable;
export const asSecret = (secret: Secret) => secret as ISecret;
export const asVersion = (version: Version) => version as IVersion;
export const asFunction = (alias: Alias) => alias as IFunction;
export const asBucket = (bucket: Bucket) => bucket as IBucket;
