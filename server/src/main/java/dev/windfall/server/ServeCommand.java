package dev.windfall.server;

import dev.windfall.policies.WindfallConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code windfall serve}. */
@Command(
    name = "serve",
    sortOptions = false,
    customSynopsis = "windfall serve [--config FILE] [--KEY=VALUE]...",
    description = {
      "Runs the server: webhook, extender and reconciler, in one process or in several.",
      "",
      "Every key of the configuration is also a flag, such as --scheduler.port=8888, and an"
          + " environment variable, such as WINDFALL_SCHEDULER_PORT. A flag stands above a"
          + " variable, a variable above the file."
    },
    footer = {
      "",
      "The keys and their defaults:",
      "  cluster:    {kubeconfig: \"\", namespace: windfall-system, install: true,",
      "               nodeClasses: [],                  # those that SpotPools may name; empty:"
          + " any",
      "               nodeClassRoles: []}               # IAM roles that their nodeClass may name",
      "  roles:      [webhook, extender, reconciler]",
      "  admission:  {host: 0.0.0.0, port: 8443, service: \"\", url: \"\", certificates: self,"
          + " settle: 1m}",
      "  scheduler:  {host: 127.0.0.1, port: 8888, assign: \"\"}",
      "  management: {host: 0.0.0.0, port: 9090}",
      "  log:        {format: text, level: info}        # format: text, json; level: error,"
          + " warning, info, debug",
      "  policies:   {directory: \"\"}                  # SpotPolicies in files, beside those of"
          + " the cluster",
      "  leftover:   {role: \"\", amiAlias: \"\", mode: Act}   # what LeftoverNodePools leave open:"
          + " of the node class to make; mode: Act, Observe",
      "  market:     {publish: {every: 30s}, sources: [{type: file, path: market.yaml}]}"
          + "   # sources: no default",
      "",
      "The API server calls the webhook by the Service in cluster.namespace, or at the url, or else"
          + " at host and port.",
      "Its certificates are Windfall's own, or somebody else's in a directory: tls.crt, tls.key,"
          + " and ca.crt where",
      "Windfall is to tell the API server whom to trust. An authority is known for settle before it"
          + " is used.",
      "",
      "A source is a market file, as above, or AWS:",
      "  {type: aws, regions: [eu-central-1], every: 1m,",
      "   endpoints: {ec2: \"\", pricing: \"\", quotas: \"\", advisor: \"\"}}   # empty: AWS's own;"
          + " advisor: not read"
    })
final class ServeCommand implements Callable<Integer> {
  private final Map<String, String> environment;

  @SuppressWarnings("NullAway.Init") // set by picocli
  @Spec
  private CommandSpec spec;

  @Mixin private final ConfigOptions options = new ConfigOptions();

  @Unmatched private final List<String> unmatched = new ArrayList<>();

  ServeCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws InterruptedException {
    Serve.run(config(), System.err);
    return 0;
  }

  /** The configuration that file, environment and flags come to. */
  WindfallConfig config() {
    return options.read(spec.commandLine(), environment, unmatched);
  }
}
