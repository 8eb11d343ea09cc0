package dev.windfall.server;

import dev.windfall.market.PriceBook;
import dev.windfall.policies.WindfallConfig;
import dev.windfall.providers.Reading;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code windfall market}: how the sources are, and how much each of them offers. */
@Command(
    name = "market",
    sortOptions = false,
    customSynopsis = "windfall market [--config FILE] [-o FORMAT] [--KEY=VALUE]...",
    description = {
      "Asks every source of the configuration once, and shows what it offers and what is wrong.",
      "",
      "Needs no cluster. The exit code is 1 when no source can be read."
    })
final class MarketCommand implements Callable<Integer> {
  private final InstantSource clock;
  private final Map<String, String> environment;

  @SuppressWarnings("NullAway.Init") // set by picocli
  @Spec
  private CommandSpec spec;

  @Mixin private final ConfigOptions options = new ConfigOptions();

  @Unmatched private final List<String> unmatched = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table (default), json or yaml")
  private Output output = Output.TABLE;

  MarketCommand(InstantSource clock, Map<String, String> environment) {
    this.clock = clock;
    this.environment = environment;
  }

  @Override
  public Integer call() throws InterruptedException {
    WindfallConfig config = options.read(spec.commandLine(), environment, unmatched);
    PriceBook book =
        Reading.once(Prices.sources(config.sources(), new ScoredNodes(), clock), clock);
    MarketReport report = new MarketReport(book, clock.instant());
    PrintWriter out = spec.commandLine().getOut();
    out.print(output.of(report::table, report::json));
    out.flush();
    return book.offers().isEmpty() ? Windfall.FAILURE : 0;
  }
}
