package dev.windfall.server;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code windfall version}. */
@Command(name = "version", description = "Says which Windfall this is.")
final class VersionCommand implements Callable<Integer> {
  @SuppressWarnings("NullAway.Init") // set by picocli
  @Spec
  private CommandSpec spec;

  @Override
  public Integer call() {
    Build build = Build.current();
    spec.commandLine()
        .getOut()
        .printf("windfall %s, commit %s, Java %s%n", build.version(), build.commit(), build.java());
    return 0;
  }
}
