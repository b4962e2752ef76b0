import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  PriceClass,
  ResponseHeadersPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { accept } from '../constructs/accept.ts';
import { asBucket } from '../constructs/interfaces.ts';
import type { Stage } from '../stages.ts';

/** Product images and the clients' static files: a private bucket that only CloudFront reads. */
export class StorageStack extends Stack {
  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id, { description: 'Kassa: images and static files' });
    const logs = stage.accessLogs ? this.logs(stage) : undefined;
    const files = new Bucket(this, 'files', {
      ...(logs === undefined
        ? {}
        : { serverAccessLogsBucket: asBucket(logs), serverAccessLogsPrefix: 'files/' }),
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: stage.keepsData,
      lifecycleRules: [
        {
          abortIncompleteMultipartUploadAfter: Duration.days(1),
          ...(stage.keepsData ? { noncurrentVersionExpiration: Duration.days(90) } : {}),
        },
      ],
      removalPolicy: stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const headers = new ResponseHeadersPolicy(this, 'headers', {
      responseHeadersPolicyName: `kassa-${stage.name}`,
      comment: 'What browsers must hold to',
      securityHeadersBehavior: {
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: {
          referrerPolicy: HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN,
          override: true,
        },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: true,
          override: true,
        },
      },
    });
    const distribution = new Distribution(this, 'distribution', {
      comment: `Kassa ${stage.name}: images and static files`,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(asBucket(files)),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: headers,
        compress: true,
      },
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_100,
      ...(logs === undefined ? {} : { logBucket: asBucket(logs), logFilePrefix: 'distribution/' }),
    });
    if (logs === undefined) {
      const short =
        'nobody but its developers fetches files of this stage, which goes with its branch';
      accept(files, { S1: short });
      accept(distribution, { CFR3: short });
    }
    accept(distribution, {
      CFR1: 'the shop is open to every country',
      CFR2: 'GET and HEAD of public files from a cache: there is nothing to inject, and CloudFront is behind Shield',
      CFR4: "with CloudFront's own certificate it takes no policy; a domain of the shop's brings TLSv1.2_2021 with its certificate",
    });
    new CfnOutput(this, 'FilesBucket', { value: files.bucketName });
    new CfnOutput(this, 'FilesDistribution', { value: distribution.distributionId });
  }

  /** Who fetched which file. CloudFront still writes by access control list, so here ownership allows one. */
  private logs(stage: Stage): Bucket {
    return new Bucket(this, 'logs', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [
        {
          expiration: Duration.days(stage.logRetentionDays),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy: stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }
}
