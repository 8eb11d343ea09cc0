package dev.windfall.providers.aws;

import dev.windfall.kind.ec2.LocalEc2;
import dev.windfall.kind.ec2.Machine;
import dev.windfall.kind.ec2.Region;
import dev.windfall.market.Offer;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.WindfallConfig.Source.Aws.Endpoints;
import dev.windfall.providers.Quotes;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;

/** An account at the local endpoint, and the source that reads it. */
final class Account implements AutoCloseable {
  static final Instant START = Instant.parse("2026-11-21T10:00:00Z");
  static final String REGION = "eu-central-1";
  static final String KEY_ID = "AKIAIOSFODNN7EXAMPLE";
  static final String SECRET = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY";

  private final AtomicReference<Instant> now = new AtomicReference<>(START);
  final LocalEc2 ec2 = LocalEc2.start(now::get);
  final Region region = ec2.region(REGION);

  /** One L4 in two zones, at 0.40 and 0.50 for an hour. */
  static Account small() {
    Account account = new Account();
    account
        .region
        .zone("eu-central-1a", "euc1-az2")
        .zone("eu-central-1b", "euc1-az3")
        .machine(Machine.nvidia("g6.xlarge", 4, 16, 1, "L4", 24576))
        .machine(Machine.plain("m7i.large", 2, 8))
        .price("g6.xlarge", "eu-central-1a", "0.4000", START.minusSeconds(3600))
        .price("g6.xlarge", "eu-central-1b", "0.5000", START.minusSeconds(3600))
        .onDemand("g6.xlarge", "1.0060000000")
        .advised("g6.xlarge", 0);
    return account;
  }

  Endpoints endpoints() {
    return new Endpoints(
        Optional.of(ec2.uri()),
        Optional.of(ec2.uri()),
        Optional.of(ec2.uri()),
        Optional.of(ec2.advisor()));
  }

  /** For how many machines scores are asked. */
  final AtomicInteger scored = new AtomicInteger(AwsSource.SCORED_NODES);

  AwsSource source() {
    return source(REGION, Duration.ofSeconds(10));
  }

  AwsSource source(String name, Duration attempt) {
    return source(
        name,
        attempt,
        StaticCredentialsProvider.create(AwsBasicCredentials.create(KEY_ID, SECRET)));
  }

  AwsSource source(String name, Duration attempt, AwsCredentialsProvider credentials) {
    BackoffStrategy atOnce = BackoffStrategy.retryImmediately();
    StandardRetryStrategy retries =
        AwsRetryStrategy.standardRetryStrategy().toBuilder()
            .backoffStrategy(atOnce)
            .throttlingBackoffStrategy(atOnce)
            .build();
    return new AwsSource(
        name,
        Duration.ofMinutes(1),
        endpoints(),
        scored::get,
        now::get,
        () -> credentials,
        new Clients.Patience(attempt, attempt.multipliedBy(3), retries),
        new Bucket(System::nanoTime, _ -> {}));
  }

  Instant now() {
    return now.get();
  }

  void pass(Duration time) {
    now.updateAndGet(then -> then.plus(time));
  }

  static Optional<Offer> find(Quotes quotes, String zone, String type, Capacity capacity) {
    return quotes.offers().stream()
        .filter(offer -> offer.key().equals(new Place(type, zone).key(capacity)))
        .findFirst();
  }

  /** The spot offer of a g6.xlarge in zone a. */
  static Offer spot(Quotes quotes) {
    return find(quotes, "eu-central-1a", "g6.xlarge", Capacity.SPOT).orElseThrow();
  }

  @Override
  public void close() {
    ec2.close();
  }
}
