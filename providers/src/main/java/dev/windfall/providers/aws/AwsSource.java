package dev.windfall.providers.aws;

import dev.windfall.market.Basis;
import dev.windfall.market.Offer;
import dev.windfall.policies.Usd;
import dev.windfall.policies.WindfallConfig.Source.Aws.Endpoints;
import dev.windfall.providers.Quotes;
import dev.windfall.providers.Source;
import dev.windfall.providers.SourceException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;

/**
 * The offers of one region of AWS. Spot prices are asked for at each poll, what changes less often
 * at its own pace; an answer that fails leaves the last one in force and the others alone.
 */
public final class AwsSource implements Source {
  /** For so many machines placement scores are asked where nobody says. */
  public static final int SCORED_NODES = 2;

  /** So much more or less than asked, so that replicas and regions do not call together. */
  private static final double JITTER = 0.1;

  /** More sentences than this about single offers nobody reads. */
  private static final int MOST_LEFT_OUT = 50;

  private final String region;
  private final Duration every;
  private final Optional<java.net.URI> advisor;
  private final IntSupplier scored;
  private final InstantSource clock;
  private final Supplier<Cloud> connect;

  private final Kept<Map<String, Machine>> machines = new Kept<>(Fact.TYPES);
  private final Kept<Map<String, String>> zones = new Kept<>(Fact.ZONES);
  private final Kept<Set<Place>> offerings = new Kept<>(Fact.OFFERINGS);
  private final Kept<SpotPrices.Read> spot = new Kept<>(Fact.SPOT);
  private final ScoreSheet scores = new ScoreSheet();
  private final Kept<Set<Place>> reservations = new Kept<>(Fact.RESERVATIONS);
  private final Kept<Map<String, Usd>> listPrices = new Kept<>(Fact.LIST_PRICES);
  private final Kept<Quotas> quotas = new Kept<>(Fact.QUOTAS);
  private final Kept<Map<String, String>> bands = new Kept<>(Fact.ADVISOR);
  private final SpotPrices prices = new SpotPrices();
  private final PriceTable table;

  /** Made at the first poll, on the thread that polls: it takes a while. */
  private @Nullable Cloud cloud;

  /**
   * One region, asked with the credentials that the SDK finds.
   *
   * @param scored for how many machines placement scores are asked
   */
  public AwsSource(
      String region, Duration every, Endpoints endpoints, IntSupplier scored, InstantSource clock) {
    this(
        region,
        every,
        endpoints,
        scored,
        clock,
        () -> DefaultCredentialsProvider.builder().build(),
        Clients.Patience.usual(),
        new Bucket(System::nanoTime, TimeUnit.NANOSECONDS::sleep));
  }

  AwsSource(
      String region,
      Duration every,
      Endpoints endpoints,
      IntSupplier scored,
      InstantSource clock,
      Supplier<AwsCredentialsProvider> credentials,
      Clients.Patience patience,
      Bucket bucket) {
    this.region = region;
    this.every = every;
    this.advisor = endpoints.advisor();
    this.scored = scored;
    this.clock = clock;
    this.table = PriceTable.of(region);
    this.connect =
        () ->
            new Cloud(region, new Clients(region, endpoints, credentials.get(), patience), bucket);
  }

  @Override
  public String name() {
    return "aws " + region;
  }

  /** AWS limits how often an account may ask, and the replicas would share that. */
  @Override
  public boolean leaderOnly() {
    return true;
  }

  @Override
  public Duration every() {
    double factor = 1 + JITTER * (2 * RandomGenerator.getDefault().nextDouble() - 1);
    return Duration.ofMillis(Math.round(every.toMillis() * factor));
  }

  @Override
  public Optional<Quotes> poll() {
    try {
      return Optional.of(ask(clock.instant()));
    } catch (SourceException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new SourceException("met a fault of Windfall's own: " + e, e);
    }
  }

  private Quotes ask(Instant now) {
    Round round = new Round(now);
    Cloud asked = cloud();
    if (machines.value().isEmpty()) {
      round.ask(machines, asked::machines);
    }
    Map<String, Machine> known =
        machines.value().orElseThrow(() -> failure(machines.trouble().orElse("was not asked")));
    List<String> types = List.copyOf(known.keySet());
    round.ask(spot, () -> spotPrices(asked, known, now));
    round.ask(machines, asked::machines);
    round.ask(zones, asked::zones);
    round.ask(offerings, () -> asked.offerings(types));
    round.ask(reservations, asked::reservations);
    scores
        .about(known.values(), scored.getAsInt())
        .forEach((question, kept) -> {
          if (!scores.denied(now)) {
            round.ask(kept, () -> asked.scores(question));
          }
        });
    round.ask(quotas, asked::quotas);
    round.ask(listPrices, () -> asked.listPrices(types));
    advisor.ifPresent(where -> round.ask(bands, () -> Advisor.bands(where, region)));
    return round.quotes();
  }

  private SpotPrices.Read spotPrices(Cloud asked, Map<String, Machine> known, Instant now) {
    List<String> types = known.values().stream().filter(Machine::spot).map(Machine::type).toList();
    List<SpotPrices.Line> lines = asked.spotPrices(types, SpotPrices.since(spot.readAt(), now));
    if (lines.isEmpty() && spot.value().filter(read -> !read.counted().isEmpty()).isPresent()) {
      throw new UnusableAnswerException("gives no price, where it gave some before");
    }
    return prices.add(lines, now);
  }

  private Cloud cloud() {
    if (cloud == null) {
      cloud = connect.get();
    }
    return cloud;
  }

  /** One poll: what was asked in it, and what became of that. */
  private final class Round {
    private final Instant now;
    private boolean answered;
    private @Nullable Kept<?> failed;
    private boolean unreachable;

    Round(Instant now) {
      this.now = now;
    }

    <T> void ask(Kept<T> kept, Supplier<T> question) {
      boolean ofTheRegion = kept.fact().ofTheRegion();
      // When nobody answers in a region, each further question there would only cost time.
      if (!kept.due(now) || (ofTheRegion && unreachable)) {
        return;
      }
      kept.renew(now, question);
      Optional<Failure.Kind> failure = kept.failure().map(Failure::kind);
      if (ofTheRegion) {
        boolean said = failure.isEmpty() || failure.get() == Failure.Kind.DENIED;
        answered |= said;
        failed = said || failed != null ? failed : kept;
        unreachable |= failure.isPresent() && failure.get() == Failure.Kind.UNREACHABLE;
      }
    }

    Quotes quotes() {
      if (failed != null && !answered) {
        throw failure(failed.trouble().orElse("cannot be asked"));
      }
      List<String> leftOut =
          new ArrayList<>(spot.value().map(SpotPrices.Read::leftOut).orElse(List.of()));
      List<Offer> offers = known(now).offers(leftOut, now);
      List<String> troubles = troubles(now);
      if (offers.isEmpty()) {
        throw failure(
            "has no offer" + (troubles.isEmpty() ? "" : "; " + String.join("; ", troubles)));
      }
      return new Quotes(offers, bounded(leftOut), troubles, denied());
    }
  }

  private List<String> troubles(Instant now) {
    return Stream.concat(
            asked().flatMap(kept -> kept.trouble().stream()), scores.trouble(now).stream())
        .toList();
  }

  /** What is asked in one question each. */
  private Stream<Kept<?>> asked() {
    return Stream.of(machines, spot, zones, offerings, reservations, quotas, listPrices, bands);
  }

  private SortedSet<String> denied() {
    return Stream.concat(asked(), scores.asked())
        .filter(Kept::denied)
        .map(kept -> kept.fact().right())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private SourceException failure(String why) {
    return new SourceException(why, denied());
  }

  private Known known(Instant now) {
    boolean listed = listPrices.value().isEmpty();
    return new Known(
        name(),
        region,
        machines.value().orElse(Map.of()),
        zones.value().orElse(Map.of()),
        offerings.value().orElse(Set.of()),
        spot.value().map(SpotPrices.Read::counted).orElse(Map.of()),
        reservations.value().orElse(Set.of()),
        reservations.readAt(),
        listPrices.value().orElse(table.prices()),
        listed ? new Basis.Listed(table.asOf()) : Basis.QUOTED,
        scores.places(zones.value().orElse(Map.of()), now),
        quotas.value().orElse(Quotas.of(List.of())),
        bands.value().orElse(Map.of()));
  }

  private static List<String> bounded(List<String> sentences) {
    if (sentences.size() <= MOST_LEFT_OUT) {
      return sentences;
    }
    List<String> some = new ArrayList<>(sentences.subList(0, MOST_LEFT_OUT));
    some.add("and " + (sentences.size() - MOST_LEFT_OUT) + " more");
    return some;
  }

  @Override
  public void close() {
    if (cloud != null) {
      cloud.close();
    }
  }
}
