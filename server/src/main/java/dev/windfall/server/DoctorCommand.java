package dev.windfall.server;

import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code windfall doctor}: what is wrong with running servers, and what to do about it. */
@Command(
    name = "doctor",
    sortOptions = false,
    description = {
      "Asks running servers how they are: whether they are ready, how old prices and the view of"
          + " the cluster are, and whether the scheduler asks.",
      "",
      "Of several replicas name each: the scheduler asks one of them only. To reach one in a"
          + " cluster: kubectl port-forward -n windfall-system POD 9090. The exit code is 1 when"
          + " anything is a problem; a warning is not."
    })
final class DoctorCommand implements Callable<Integer> {
  private final InstantSource clock;

  @SuppressWarnings("NullAway.Init") // set by picocli
  @Spec
  private CommandSpec spec;

  @Option(
      names = "--server",
      split = ",",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:9090",
      description = "a server's management port; default: http://127.0.0.1:9090")
  private List<String> servers = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table (default), json or yaml")
  private Output output = Output.TABLE;

  DoctorCommand(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public Integer call() throws InterruptedException {
    List<RemoteServer> asked = servers.stream().distinct().map(this::server).toList();
    List<Examined> examined = new ArrayList<>();
    for (RemoteServer server : asked) {
      examined.add(Examined.of(server, clock));
    }
    DoctorReport report =
        new DoctorReport(examined.stream().map(Examined::server).toList(), Diagnosis.of(examined));
    PrintWriter out = spec.commandLine().getOut();
    out.print(output.of(report::table, report::json));
    out.flush();
    return report.good() ? 0 : Windfall.FAILURE;
  }

  private RemoteServer server(String url) {
    try {
      return RemoteServer.at(url);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "--server \"" + url + "\" " + e.getMessage());
    }
  }
}
