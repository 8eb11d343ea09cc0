package dev.windfall.server;

import dev.windfall.cluster.Clocks;
import dev.windfall.kind.demo.Demo;
import dev.windfall.kind.demo.DemoException;
import dev.windfall.policies.WindfallConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code windfall train}: lets {@code serve} run through the demo, in a process of its own whose
 * JVM writes down what it loaded, linked and compiled.
 */
@Command(
    name = "train",
    sortOptions = false,
    description = {
      "Makes the ahead-of-time cache, with which the server starts in about half the time.",
      "",
      "It needs no cluster. The launcher uses the cache it made until something is built anew; a"
          + " cache that does not fit the JDK or the jar is not used."
    })
final class TrainCommand implements Callable<Integer> {
  @SuppressWarnings("NullAway.Init") // set by picocli
  @Spec
  private CommandSpec spec;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      description = "where it is written; default: beside the jar, where the launcher looks")
  private @Nullable Path file;

  @Override
  public Integer call() throws InterruptedException {
    Logs.to(
        new WindfallConfig.Log(WindfallConfig.Log.Format.TEXT, WindfallConfig.Log.Level.WARNING),
        System.err);
    Path jar = Path.of(System.getProperty("java.class.path"));
    if (!jar.toString().endsWith(".jar")) {
      throw new FailureException("a cache is made of jars, and this runs from " + jar);
    }
    Path cache =
        file == null ? jar.resolveSibling("windfall.aot").toAbsolutePath() : file.toAbsolutePath();
    Path unfinished = cache.resolveSibling(cache.getFileName() + ".new");
    Path log = cache.resolveSibling(cache.getFileName() + ".log");
    try {
      Files.deleteIfExists(unfinished);
      Demo demo =
          new Demo(
              new Demo.Settings(true, 1, 1, OptionalInt.of(0)),
              (configuration, apiServer) ->
                  Trainee.start(configuration, apiServer, unfinished, log).windfall(),
              new PrintWriter(PrintWriter.nullWriter()),
              false,
              Clocks.SYSTEM.wall());
      demo.run();
      if (!Files.exists(unfinished)) {
        throw new FailureException("the JVM wrote no cache; what it said is in " + log);
      }
      Files.move(unfinished, cache, StandardCopyOption.REPLACE_EXISTING);
    } catch (DemoException | IOException e) {
      throw new FailureException(
          "making the cache: %s; what the server said is in %s".formatted(e.getMessage(), log));
    }
    spec.commandLine().getOut().println("made " + cache);
    return 0;
  }
}
