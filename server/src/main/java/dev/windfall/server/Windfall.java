package dev.windfall.server;

import dev.windfall.policies.WindfallConfig;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command line. */
@Command(
    name = "windfall",
    description = "Puts GPU pods on the cheapest spot capacity there is.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Exit codes: 0 success, 1 failure, 2 wrong usage.",
      "",
      "A first look, without a cluster:",
      "  windfall demo"
    })
final class Windfall {
  static final int FAILURE = 1;
  static final int USAGE = 2;

  @SuppressWarnings("UnusedVariable") // picocli's to read
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "show this help")
  private boolean help;

  private Windfall() {}

  /** Runs the command that {@code args} say, and ends the process with its exit code. */
  public static void main(String[] args) {
    // Read by the JDK when the first logger is made, so nothing may log before.
    System.setProperty("java.util.logging.manager", LastingLogManager.class.getName());
    PrintWriter out = new PrintWriter(System.out, true, System.out.charset());
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    Map<String, String> environment = System.getenv();
    Optional<WindfallConfig> plain = Serve.plain(args, environment);
    System.exit(
        plain.isPresent()
            ? serve(plain.get(), err)
            : commandLine(InstantSource.system(), environment, System.in, out, err).execute(args));
  }

  private static int serve(WindfallConfig config, PrintWriter err) {
    try {
      Serve.run(config, System.err);
      return 0;
    } catch (FailureException e) {
      return report(e, err);
    } catch (InterruptedException | RuntimeException e) {
      e.printStackTrace(err);
      return FAILURE;
    }
  }

  static CommandLine commandLine(
      InstantSource clock,
      Map<String, String> environment,
      InputStream in,
      PrintWriter out,
      PrintWriter err) {
    CommandLine commands =
        new CommandLine(new Windfall())
            .addSubcommand(new ServeCommand(environment))
            .addSubcommand(new DemoCommand(environment))
            .addSubcommand(new RankCommand(clock))
            .addSubcommand(new MarketCommand(clock, environment))
            .addSubcommand(new ScoreCommand(in))
            .addSubcommand(new DoctorCommand(clock))
            .addSubcommand(new ReleaseCommand())
            .addSubcommand(new ValidateCommand(in))
            .addSubcommand(new TrainCommand())
            .addSubcommand(new VersionCommand());
    return commands
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler((failure, command, parsed) -> report(failure, command))
        .setParameterExceptionHandler((wrong, args) -> report(wrong));
  }

  /** What people can do something about is a sentence; anything else is a fault of ours. */
  private static int report(Exception failure, CommandLine command) throws Exception {
    if (!(failure instanceof FailureException expected)) {
      throw failure;
    }
    return report(expected, command.getErr());
  }

  private static int report(FailureException failure, PrintWriter err) {
    err.println("windfall: " + failure.getMessage());
    return failure.exitCode();
  }

  private static int report(CommandLine.ParameterException wrong) {
    CommandLine command = wrong.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + wrong.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(wrong, command.getErr());
    command.getErr().println("Try '" + name + " --help'.");
    return USAGE;
  }
}
