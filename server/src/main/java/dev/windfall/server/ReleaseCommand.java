package dev.windfall.server;

import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code windfall release}: lets a pod go that waits for a price or for its machine. */
@Command(
    name = "release",
    sortOptions = false,
    description = {
      "Takes the gate windfall.dev/price or windfall.dev/burst from a pod, whatever prices are.",
      "",
      "The pod is held to the capacity, the zones and the providers of its wish, and no longer to"
          + " its cap, nor to models or memory. It asks the cluster of your kubeconfig with your"
          + " rights, and needs no server. Policies that stand in files of the server do not count"
          + " here, but where they refuse, the API server still holds their bounds."
    })
final class ReleaseCommand implements Callable<Integer> {
  @SuppressWarnings("NullAway.Init") // set by picocli
  @Spec
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // required
  @Parameters(paramLabel = "POD", description = "the pod's name")
  private String pod;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      defaultValue = "default",
      description = "its namespace; default: default")
  private String namespace = "default";

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "how to reach the cluster; default: KUBECONFIG, then ~/.kube/config")
  private @Nullable Path kubeconfig;

  @Override
  public Integer call() {
    Key key =
        Release.key(namespace, pod)
            .orElseThrow(() ->
                new ParameterException(
                    spec.commandLine(), "\"" + namespace + "/" + pod + "\" is no name of a pod"));
    Release.Done done;
    try (KubeClient client =
        KubeClient.connect(
            Optional.ofNullable(kubeconfig), new ClusterMetrics(new PrometheusRegistry()))) {
      done = new Release(client, key).carryOut();
    } catch (ClusterException e) {
      throw new FailureException(Objects.requireNonNullElse(e.getMessage(), "no cluster"));
    }
    PrintWriter err = spec.commandLine().getErr();
    done.warnings().forEach(warning -> err.println("warning: " + warning));
    PrintWriter out = spec.commandLine().getOut();
    out.println("pod " + done.pod() + " is released");
    done.heldTo().forEach(held -> out.println("  held to            " + held));
    if (done.heldTo().isEmpty()) {
      out.println("  held to            nothing but what it said itself");
    }
    done.noLongerHeldTo().forEach(reason -> out.println("  no longer held to  " + reason));
    return 0;
  }
}
