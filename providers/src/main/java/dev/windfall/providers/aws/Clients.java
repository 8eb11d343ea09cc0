package dev.windfall.providers.aws;

import dev.windfall.policies.WindfallConfig.Source.Aws.Endpoints;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.RetryStrategy;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.pricing.PricingClient;
import software.amazon.awssdk.services.servicequotas.ServiceQuotasClient;

/** The SDK's clients for one region, over one HTTP client. */
final class Clients implements AutoCloseable {
  final Ec2Client ec2;
  final PricingClient pricing;
  final ServiceQuotasClient quotas;
  private final SdkHttpClient http;
  private final Patience patience;

  /**
   * How long an answer may take.
   *
   * @param attempt one try, and the longest silence within it
   * @param call all tries together
   * @param retries how often and when it is tried again
   */
  record Patience(Duration attempt, Duration call, RetryStrategy retries) {
    static Patience usual() {
      return new Patience(
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          AwsRetryStrategy.forRetryMode(RetryMode.STANDARD));
    }
  }

  Clients(
      String region, Endpoints endpoints, AwsCredentialsProvider credentials, Patience patience) {
    this.patience = patience;
    this.http =
        UrlConnectionHttpClient.builder()
            .connectionTimeout(Duration.ofSeconds(3))
            .socketTimeout(patience.attempt())
            .build();
    this.ec2 = made(Ec2Client.builder(), Region.of(region), endpoints.ec2(), credentials).build();
    this.pricing =
        made(PricingClient.builder(), whereListed(region), endpoints.pricing(), credentials)
            .build();
    this.quotas =
        made(ServiceQuotasClient.builder(), Region.of(region), endpoints.quotas(), credentials)
            .build();
  }

  private <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> B made(
      B builder, Region region, Optional<URI> endpoint, AwsCredentialsProvider credentials) {
    endpoint.ifPresent(builder::endpointOverride);
    return builder
        .region(region)
        .credentialsProvider(credentials)
        .httpClient(http)
        .overrideConfiguration(
            ClientOverrideConfiguration.builder()
                .retryStrategy(patience.retries())
                .apiCallAttemptTimeout(patience.attempt())
                .apiCallTimeout(patience.call())
                .build());
  }

  /** The price list of all regions of a partition is answered in few of them. */
  private static Region whereListed(String region) {
    return region.startsWith("cn-") ? Region.CN_NORTHWEST_1 : Region.US_EAST_1;
  }

  @Override
  public void close() {
    ec2.close();
    pricing.close();
    quotas.close();
    http.close();
  }
}
