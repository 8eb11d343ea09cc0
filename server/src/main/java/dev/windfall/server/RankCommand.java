package dev.windfall.server;

import dev.windfall.market.Criteria;
import dev.windfall.market.Demand;
import dev.windfall.market.PriceBook;
import dev.windfall.market.Rank;
import dev.windfall.market.Ranking;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.UnreadableException;
import dev.windfall.providers.Quotes;
import dev.windfall.providers.SourceException;
import dev.windfall.providers.file.FileSource;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
      "Puts the offers of a market file in the order in which they would be bought.",
      "",
      "The price counts per GPU that would be used: all GPUs of a machine, or with --gpus those"
          + " that one pod can use of it."
    })
final class RankCommand implements Callable<Integer> {
  enum Output {
    TABLE,
    JSON;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private final InstantSource clock;

  @SuppressWarnings("NullAway.Init") // set by picocli
  @Spec
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // required
  @Option(names = "--market", required = true, paramLabel = "FILE", description = "the offers")
  private Path market;

  @Option(
      names = "--pool",
      paramLabel = "FILE",
      description = "a SpotPool; its bounds apply as they would in the cluster")
  private @Nullable Path pool;

  @Option(names = "--gpus", paramLabel = "N", description = "GPUs of the pod that asks")
  private @Nullable Integer gpus;

  @Option(names = "--all", description = "also what is refused, with the reason")
  private boolean all;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table (default) or json")
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
    Instant now = clock.instant();
    Demand demand = gpus == null ? Demand.whole() : Demand.pod(gpus);
    Optional<SpotPool> bounds = Optional.ofNullable(pool).map(RankCommand::spotPool);
    Criteria criteria =
        bounds
            .map(bought -> Criteria.of(bought, demand))
            .orElseGet(() -> Criteria.everything(demand));
    Ranking ranking = Rank.rank(criteria, PriceBook.of(quotes.offers(), List.of()), now);
    RankReport report = RankReport.of(ranking, bounds, now);
    PrintWriter out = spec.commandLine().getOut();
    out.print(output == Output.JSON ? report.json() : report.table(all));
    out.flush();
    return 0;
  }

  private Quotes quotes() {
    try {
      return FileSource.quotes(market.toString(), text(market));
    } catch (SourceException e) {
      throw new FailureException(market + " " + e.getMessage());
    } catch (UnreadableException e) {
      throw new FailureException(String.valueOf(e.getMessage()));
    }
  }

  private static SpotPool spotPool(Path file) {
    try {
      return SpotPool.read(file.toString(), text(file));
    } catch (UnreadableException e) {
      throw new FailureException(String.valueOf(e.getMessage()));
    }
  }

  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new FailureException(file + ": there is no such file");
    } catch (CharacterCodingException e) {
      throw new FailureException(file + ": is not UTF-8 text");
    } catch (IOException e) {
      throw new FailureException(file + ": cannot be read: " + e.getMessage());
    }
  }
}
