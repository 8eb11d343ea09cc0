package dev.windfall.server;

import dev.windfall.market.Criteria;
import dev.windfall.market.Demand;
import dev.windfall.market.FamilyCheck;
import dev.windfall.market.PriceBook;
import dev.windfall.market.Rank;
import dev.windfall.market.Ranking;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.UnreadableException;
import dev.windfall.policies.WindfallConfig.Source.Aws;
import dev.windfall.policies.WindfallConfig.Source.Aws.Endpoints;
import dev.windfall.providers.Quotes;
import dev.windfall.providers.Source;
import dev.windfall.providers.SourceException;
import dev.windfall.providers.aws.AwsSource;
import dev.windfall.providers.file.FileSource;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code windfall rank}: what would be bought first, and why not the rest. */
@Command(
    name = "rank",
    sortOptions = false,
    description = {
      "Puts the offers of a market file, or of an AWS region as they are now, in the order in which"
          + " they would be bought.",
      "",
      "The price counts per GPU that would be used: all GPUs of a machine, or with --gpus those"
          + " that one pod can use of it."
    })
final class RankCommand implements Callable<Integer> {
  private final InstantSource clock;

  @SuppressWarnings("NullAway.Init") // set by picocli
  @Spec
  private CommandSpec spec;

  /** Where the offers come from: one of them. */
  private static final class From {
    @Option(names = "--market", paramLabel = "FILE", description = "the offers")
    private @Nullable Path market;

    @Option(
        names = "--region",
        paramLabel = "REGION",
        description = "an AWS region, asked now with the credentials that the AWS CLI would use")
    private @Nullable String region;
  }

  @SuppressWarnings("NullAway.Init") // required
  @ArgGroup(exclusive = true, multiplicity = "1")
  private From from;

  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      description = "with --region: who answers in place of AWS")
  private @Nullable URI endpoint;

  @Option(
      names = "--pool",
      paramLabel = "FILE",
      description =
          "a SpotPool, or a LeftoverNodePool; its bounds apply as they would in the cluster")
  private @Nullable Path pool;

  @Option(names = "--gpus", paramLabel = "N", description = "GPUs of the pod that asks")
  private @Nullable Integer gpus;

  @Option(names = "--all", description = "also what is refused, with the reason")
  private boolean all;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table (default), json or yaml")
  private Output output = Output.TABLE;

  RankCommand(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public Integer call() {
    if (gpus != null && gpus < 1) {
      throw new ParameterException(spec.commandLine(), "--gpus \"" + gpus + "\" must be 1 or more");
    }
    PrintWriter err = spec.commandLine().getErr();
    Quotes quotes = quotes();
    quotes.leftOut().forEach(err::println);
    quotes.troubles().forEach(err::println);
    Instant now = clock.instant();
    Demand demand = gpus == null ? Demand.whole() : Demand.pod(gpus);
    PriceBook book = PriceBook.of(quotes.offers(), List.of());
    Optional<SpotPool> bounds =
        Optional.ofNullable(pool).map(file -> PoolFile.read(file, book, now, err::println));
    bounds.ifPresent(bought -> FamilyCheck.unknown(bought, book).forEach(err::println));
    Criteria criteria =
        bounds
            .map(bought -> Criteria.of(bought, demand))
            .orElseGet(() -> Criteria.everything(demand));
    Ranking ranking = Rank.rank(criteria, book, now);
    RankReport report = RankReport.of(ranking, bounds, now);
    PrintWriter out = spec.commandLine().getOut();
    out.print(output.of(() -> report.table(all), report::json));
    out.flush();
    return 0;
  }

  private Quotes quotes() {
    if (from.market != null) {
      if (endpoint != null) {
        throw new ParameterException(spec.commandLine(), "--endpoint goes with --region only");
      }
      return ofFile(from.market);
    }
    return ofRegion(String.valueOf(from.region));
  }

  private static Quotes ofFile(Path market) {
    try {
      return FileSource.quotes(market.toString(), DocumentFiles.required(market));
    } catch (SourceException e) {
      throw new FailureException(market + " " + e.getMessage());
    } catch (UnreadableException e) {
      throw new FailureException(String.valueOf(e.getMessage()));
    }
  }

  /** Read as the configuration would be, so that a mistyped region is wrong usage here too. */
  private Quotes ofRegion(String region) {
    Optional<URI> instead = Optional.ofNullable(endpoint);
    Endpoints endpoints = new Endpoints(instead, instead, instead, Optional.empty());
    if (!region.matches(Aws.REGION)) {
      throw new ParameterException(
          spec.commandLine(), "--region \"" + region + "\" must be a region such as eu-central-1");
    }
    // It takes seconds, and whoever waits wants to know for what.
    spec.commandLine().getErr().println("asking AWS about " + region);
    try (Source aws =
        new AwsSource(
            region, Duration.ofMinutes(1), endpoints, () -> AwsSource.SCORED_NODES, clock)) {
      return aws.poll().orElseThrow();
    } catch (SourceException e) {
      throw new FailureException("aws " + region + ": " + e.getMessage());
    }
  }
}
