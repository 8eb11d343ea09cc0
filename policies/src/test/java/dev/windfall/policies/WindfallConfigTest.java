package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.policies.WindfallConfig.Log.Format;
import dev.windfall.policies.WindfallConfig.Log.Level;
import dev.windfall.policies.WindfallConfig.Role;
import dev.windfall.policies.WindfallConfig.Source;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WindfallConfigTest {
  private static final Path FILE = Path.of("/etc/windfall/windfall.yaml");
  private static final String BARE = "market: {sources: [{type: file, path: market.yaml}]}\n";
  private static final List<Source> MARKET =
      List.of(new Source.File(Path.of("/etc/windfall/market.yaml")));

  @Test
  void whatIsAbsentHasItsDefault() {
    assertEquals(
        new WindfallConfig(
            new WindfallConfig.Cluster(
                Optional.empty(), "windfall-system", true, List.of(), List.of()),
            Set.of(Role.WEBHOOK, Role.EXTENDER, Role.RECONCILER),
            new WindfallConfig.Admission(
                "0.0.0.0",
                8443,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Duration.ofMinutes(1)),
            new WindfallConfig.Scheduler("127.0.0.1", 8888, false, Optional.empty()),
            new WindfallConfig.Management("0.0.0.0", 9090),
            new WindfallConfig.Log(Format.TEXT, Level.INFO),
            new WindfallConfig.PolicyFiles(Optional.empty()),
            LeftoverConfig.DEFAULT,
            new WindfallConfig.Publish(Duration.ofSeconds(30)),
            Duration.ofMinutes(3),
            MARKET),
        read(BARE));
  }

  private static final WindfallConfig SOMETHING_ELSE =
      new WindfallConfig(
          new WindfallConfig.Cluster(
              Optional.of(Path.of("/home/me/.kube/config")),
              "spot",
              false,
              List.of("gpu", "gpu.large"),
              List.of("gpu-nodes", "other")),
          Set.of(Role.EXTENDER),
          new WindfallConfig.Admission(
              "10.0.0.1",
              1,
              Optional.of("windfall"),
              Optional.empty(),
              Optional.of(Path.of("/srv/certificates")),
              Duration.ofSeconds(5)),
          new WindfallConfig.Scheduler("10.0.0.2", 2, true, Optional.of("windfall-scheduler")),
          new WindfallConfig.Management("10.0.0.3", 3),
          new WindfallConfig.Log(Format.JSON, Level.DEBUG),
          new WindfallConfig.PolicyFiles(Optional.of(Path.of("/srv/policies"))),
          new LeftoverConfig(
              Optional.of("gpu-nodes"), Optional.of("al2023@v20260101"), SpotPool.Mode.OBSERVE),
          new WindfallConfig.Publish(Duration.ofMinutes(2)),
          Duration.ofSeconds(40),
          List.of(
              new Source.File(Path.of("/srv/a.yaml")), new Source.File(Path.of("/srv/b.yaml"))));

  private static final Map<String, String> SETTINGS =
      Map.ofEntries(
          Map.entry("cluster.kubeconfig", "/home/me/.kube/config"),
          Map.entry("cluster.namespace", "spot"),
          Map.entry("cluster.install", "false"),
          Map.entry("cluster.nodeClasses", "gpu,gpu.large"),
          Map.entry("cluster.nodeClassRoles", "gpu-nodes,other"),
          Map.entry("roles", "extender"),
          Map.entry("admission.host", "10.0.0.1"),
          Map.entry("admission.port", "1"),
          Map.entry("admission.service", "windfall"),
          Map.entry("admission.certificates", "/srv/certificates"),
          Map.entry("admission.settle", "5s"),
          Map.entry("scheduler.host", "10.0.0.2"),
          Map.entry("scheduler.port", "2"),
          Map.entry("scheduler.filter", "true"),
          Map.entry("scheduler.assign", "windfall-scheduler"),
          Map.entry("management.host", "10.0.0.3"),
          Map.entry("management.port", "3"),
          Map.entry("log.format", "json"),
          Map.entry("log.level", "debug"),
          Map.entry("policies.directory", "/srv/policies"),
          Map.entry("leftover.role", "gpu-nodes"),
          Map.entry("leftover.amiAlias", "al2023@v20260101"),
          Map.entry("leftover.mode", "Observe"),
          Map.entry("market.publish.every", "2m"),
          Map.entry("market.retryAfter", "40s"),
          Map.entry(
              "market.sources",
              "[{type: file, path: /srv/a.yaml}, {type: file, path: /srv/b.yaml}]"));

  @Test
  void everyKeyCanBeSetInTheFile() {
    assertEquals(
        SOMETHING_ELSE,
        read(
            """
            cluster:
              kubeconfig: /home/me/.kube/config
              namespace: spot
              install: false
              nodeClasses: [gpu, gpu.large]
              nodeClassRoles: [gpu-nodes, other]
            roles: [extender]
            admission: {host: 10.0.0.1, port: 1, service: windfall, certificates: /srv/certificates, settle: 5s}
            scheduler: {host: 10.0.0.2, port: 2, filter: true, assign: windfall-scheduler}
            management: {host: 10.0.0.3, port: 3}
            log: {format: json, level: debug}
            policies: {directory: /srv/policies}
            leftover: {role: gpu-nodes, amiAlias: al2023@v20260101, mode: Observe}
            market:
              publish: {every: 2m}
              retryAfter: 40s
              sources:
              - {type: file, path: /srv/a.yaml}
              - {type: file, path: /srv/b.yaml}
            """));
  }

  @Test
  void aDirectoryOfPoliciesStandsBesideTheFileThatNamesIt() {
    assertEquals(
        Optional.of(Path.of("/etc/windfall/policies")),
        read(BARE + "policies: {directory: policies}\n").policies().directory());
  }

  @Test
  void everyKeyCanBeSetByAFlag() {
    assertEquals(SOMETHING_ELSE, read("", Map.of(), SETTINGS));
  }

  @Test
  void everyKeyCanBeSetByAVariable() {
    Map<String, String> environment =
        SETTINGS.entrySet().stream()
            .collect(
                Collectors.toMap(
                    e ->
                        "WINDFALL_"
                            + e.getKey().replace('.', '_').toUpperCase(java.util.Locale.ROOT),
                    Map.Entry::getValue));

    assertEquals(SOMETHING_ELSE, read("", environment, Map.of()));
  }

  @Test
  void certificatesAreWindfallsOwnOrInADirectoryBesideTheFile() {
    assertEquals(
        Optional.empty(),
        read(BARE + "admission: {certificates: self}\n").admission().certificates());
    assertEquals(
        Optional.of(Path.of("/etc/windfall/tls")),
        read(BARE + "admission: {certificates: tls}\n").admission().certificates());
  }

  @Test
  void theUrlAtWhichTheApiServerCallsNeedsNoPath() {
    assertEquals(
        Optional.of(URI.create("https://windfall.example:8443")),
        read(BARE + "admission: {url: \"https://windfall.example:8443/\"}\n").admission().url());
  }

  @ParameterizedTest
  @CsvSource({
    // file, variable, flag, so it is
    "      ,     ,     , 8888",
    "     1,     ,     , 1",
    "     1,    2,     , 2",
    "     1,     ,    3, 3",
    "     1,    2,    3, 3",
    "      ,    2,     , 2",
    "  oops,     ,    3, 3",
  })
  void aFlagStandsAboveAVariableAndAVariableAboveTheFile(
      String file, String variable, String flag, int port) {
    String text = file == null ? BARE : BARE + "scheduler: {port: " + file + "}\n";
    Map<String, String> environment =
        variable == null ? Map.of() : Map.of("WINDFALL_SCHEDULER_PORT", variable);
    Map<String, String> flags = flag == null ? Map.of() : Map.of("scheduler.port", flag);

    assertEquals(port, read(text, environment, flags).scheduler().port());
  }

  @Test
  void whatKubernetesSaysOfAServiceIsNobodysSetting() {
    Map<String, String> environment =
        Map.of(
            "WINDFALL_SCHEDULER_PORT", "tcp://10.0.0.7:1234",
            "WINDFALL_SCHEDULER_SERVICE_HOST", "10.0.0.7",
            "WINDFALL_SCHEDULER_PORT_1234_TCP_PORT", "1234");

    assertEquals(8888, read(BARE, environment, Map.of()).scheduler().port());
  }

  @Test
  void whatKubernetesSaysOfAServiceHidesNothingInTheFile() {
    Map<String, String> environment = Map.of("WINDFALL_SCHEDULER_PORT", "tcp://10.0.0.7:1234");

    assertEquals(
        7, read(BARE + "scheduler: {port: 7}\n", environment, Map.of()).scheduler().port());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          scheduler.prot  | windfall.yaml: flag "--scheduler.prot" is unknown; did you mean "scheduler.port"?
          scheduler.color | windfall.yaml: flag "--scheduler.color" is unknown
          scheduler       | windfall.yaml: flag "--scheduler" is unknown
          """)
  void anUnknownFlagIsRefusedWithTheNearestName(String flag, String problem) {
    assertTrue(
        refusal(BARE, Map.of(), Map.of(flag, "1")).endsWith(problem),
        () -> refusal(BARE, Map.of(), Map.of(flag, "1")));
  }

  @Test
  void aProblemNamesTheFlagOrVariableThatSaysIt() {
    assertEquals(
        "--scheduler.port: port \"x\" must be a whole number from 0 to 65535",
        refusal(BARE, Map.of(), Map.of("scheduler.port", "x")));
    assertEquals(
        "WINDFALL_ROLES: roles \"extendr\" is not one of webhook, extender, reconciler; did you"
            + " mean \"extender\"?",
        refusal(BARE, Map.of("WINDFALL_ROLES", "extendr"), Map.of()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          scheduler: {prot: 1}     | /etc/windfall/windfall.yaml:2:13: field "scheduler.prot" is unknown; did you mean "port"?
          schedular: {port: 1}     | /etc/windfall/windfall.yaml:2:1: field "schedular" is unknown; did you mean "scheduler"?
          scheduler: {port: 65536} | /etc/windfall/windfall.yaml:2:19: port "65536" must be a whole number from 0 to 65535
          scheduler: 8888          | /etc/windfall/windfall.yaml:2:12: field "scheduler" must be a mapping of keys to values
          cluster: {install: yes}  | /etc/windfall/windfall.yaml:2:20: install "yes" must be true or false
          roles: [server]          | /etc/windfall/windfall.yaml:2:9: roles "server" is not one of webhook, extender, reconciler
          roles: []                | /etc/windfall/windfall.yaml:2:8: roles must name at least one of webhook, extender, reconciler
          admission: {settle: 61m} | /etc/windfall/windfall.yaml:2:21: settle "61m" must be from 1s to 1h
          admission: {settle: 999ms} | /etc/windfall/windfall.yaml:2:21: settle "999ms" must be from 1s to 1h
          admission: {certificates: ""} | /etc/windfall/windfall.yaml:2:27: certificates "" must not be empty
          admission: {url: "http://a"} | /etc/windfall/windfall.yaml:2:18: url "http://a" must be a URL such as https://windfall.example:8443
          admission: {url: "https://a/mutate"} | /etc/windfall/windfall.yaml:2:18: url "https://a/mutate" must be a URL such as https://windfall.example:8443
          admission: {url: "https://a", service: b} | /etc/windfall/windfall.yaml:2:18: admission.url and admission.service exclude each other; set one
          cluster: {kubeconfig: "a\\0"} | /etc/windfall/windfall.yaml:2:23: kubeconfig "a\\0" must be a path
          """)
  void whatIsWrongInTheFileIsSaidWithItsPlace(String line, String problem) {
    assertEquals(problem.replace("\\0", "\0"), refusal(BARE + line + "\n", Map.of(), Map.of()));
  }

  @Test
  void noRoleAtAllIsAMistakeByFlagToo() {
    assertTrue(
        refusal(BARE, Map.of(), Map.of("roles", ""))
            .contains("roles must name at least one of webhook, extender, reconciler"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "market: {}", "market: {sources: []}"})
  void aMarketWithoutSourcesIsRefused(String text) {
    assertTrue(refusal(text, Map.of(), Map.of()).contains("market.sources must name at least one"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {type: asw, path: x}        | type "asw" is not one of file, aws; did you mean "aws"?
          {path: x}                   | field "type" is missing
          {type: file}                | field "path" is missing
          {type: file, path: ""}      | path "" must not be empty
          {type: file, path: x, p: y} | field "market.sources.p" is unknown
          x                           | each entry of "sources" must be a mapping of keys to values
          """)
  void aSourceIsReadStrictly(String source, String problem) {
    assertTrue(
        refusal("market: {sources: [" + source + "]}", Map.of(), Map.of()).endsWith(problem),
        () -> refusal("market: {sources: [" + source + "]}", Map.of(), Map.of()));
  }

  @Test
  void anAwsSourceNeedsNothingButItsRegions() {
    assertEquals(
        List.of(
            new Source.Aws(
                List.of("eu-central-1", "us-gov-west-1"),
                Duration.ofMinutes(1),
                Source.Aws.Endpoints.NONE)),
        read("market: {sources: [{type: aws, regions: [eu-central-1, us-gov-west-1]}]}").sources());
  }

  @Test
  void everyKeyOfAnAwsSourceCanBeSet() {
    assertEquals(
        List.of(
            new Source.Aws(
                List.of("eu-central-1"),
                Duration.ofSeconds(90),
                new Source.Aws.Endpoints(
                    Optional.of(URI.create("http://127.0.0.1:1")),
                    Optional.of(URI.create("http://127.0.0.1:2")),
                    Optional.of(URI.create("https://quotas.internal/")),
                    Optional.of(URI.create("https://advisor.internal/data.json"))))),
        read("""
        market:
          sources:
          - type: aws
            regions: [eu-central-1]
            every: 1m30s
            endpoints:
              ec2: http://127.0.0.1:1
              pricing: http://127.0.0.1:2
              quotas: https://quotas.internal/
              advisor: https://advisor.internal/data.json
        """)
            .sources());
  }

  @Test
  void anEmptyEndpointIsAwssOwn() {
    assertEquals(
        List.of(
            new Source.Aws(
                List.of("eu-central-1"), Duration.ofMinutes(1), Source.Aws.Endpoints.NONE)),
        read("market: {sources: [{type: aws, regions: [eu-central-1],"
                + " endpoints: {ec2: \"\", pricing: \"\", quotas: \"\", advisor: \"\"}}]}")
            .sources());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {type: aws}                                        | regions must name at least one region, such as [eu-central-1]
          {type: aws, regions: []}                           | regions must name at least one region, such as [eu-central-1]
          {type: aws, region: eu-central-1}                  | field "market.sources.region" is unknown; did you mean "regions"?
          {type: aws, regions: [Frankfurt]}                  | regions "Frankfurt" must be a region such as eu-central-1
          {type: aws, regions: [eu-central-1a]}              | regions "eu-central-1a" must be a region such as eu-central-1
          {type: aws, regions: [a-b-1, eu-west-1, eu-west-1]} | regions "eu-west-1" is given twice
          {type: aws, regions: [eu-west-1], every: 10ms}     | every "10ms" must be from 1s to 1h
          {type: aws, regions: [eu-west-1], every: 2h}       | every "2h" must be from 1s to 1h
          {type: aws, regions: [eu-west-1], every: often}    | every "often" must be a duration such as 30s, 5m or 1h30m
          {type: aws, regions: [eu-west-1], evry: 1m}        | field "market.sources.evry" is unknown; did you mean "every"?
          {type: aws, regions: [eu-west-1], path: x}         | field "market.sources.path" is unknown
          {type: aws, regions: [eu-west-1], endpoints: {ec: x}}   | field "market.sources.endpoints.ec" is unknown; did you mean "ec2"?
          {type: aws, regions: [eu-west-1], endpoints: {ec2: localhost}} | ec2 "localhost" must be a URL such as https://host/
          {type: aws, regions: [eu-west-1], endpoints: {ec2: "http://me:secret@host/"}} | must be a URL such as https://host/, without a name and a password
          """)
  void anAwsSourceIsReadStrictly(String source, String problem) {
    String refusal = refusal("market: {sources: [" + source + "]}", Map.of(), Map.of());

    assertTrue(refusal.lines().anyMatch(line -> line.endsWith(problem)), refusal);
    assertFalse(refusal.contains("sources must name"), refusal);
  }

  @Test
  void sourcesGivenByFlagReplaceThoseOfTheFile() {
    WindfallConfig config =
        read(BARE, Map.of(), Map.of("market.sources", "[{type: file, path: other.yaml}]"));

    assertEquals(List.of(new Source.File(Path.of("/etc/windfall/other.yaml"))), config.sources());
  }

  @Test
  void sourcesInAVariableMayStandOnLinesOfTheirOwn() {
    WindfallConfig config =
        read(
            BARE,
            Map.of(
                "WINDFALL_MARKET_SOURCES", "- type: file\n  path: /a\n- type: file\n  path: /b\n"),
            Map.of());

    assertEquals(2, config.sources().size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          [{type: file}]       | --market.sources:1:2: field "path" is missing
          [{type: file         | --market.sources:1:13: cannot be read
          x                    | --market.sources:1:1: field "sources" must be a list
          []\\nroles: []       | --market.sources:2:1: cannot be read
          """)
  void sourcesGivenByFlagAreReadStrictlyToo(String stated, String problem) {
    Map<String, String> flags = Map.of("market.sources", stated.replace("\\n", "\n"));

    assertTrue(
        refusal(BARE, Map.of(), flags).startsWith(problem), () -> refusal(BARE, Map.of(), flags));
  }

  @Test
  void anEmptyTextStandsForWhatIsNotSet() {
    WindfallConfig config =
        read(BARE + "cluster: {kubeconfig: \"\"}\nscheduler: {assign: ~}\nadmission: {service:}\n");

    assertEquals(Optional.empty(), config.cluster().kubeconfig());
    assertEquals(Optional.empty(), config.scheduler().assign());
    assertEquals(Optional.empty(), config.admission().service());
  }

  private static WindfallConfig read(String text) {
    return read(text, Map.of(), Map.of());
  }

  private static WindfallConfig read(
      String text, Map<String, String> environment, Map<String, String> flags) {
    return WindfallConfig.read(FILE, text, environment, flags);
  }

  private static String refusal(
      String text, Map<String, String> environment, Map<String, String> flags) {
    return assertThrows(UnreadableException.class, () -> read(text, environment, flags))
        .problems()
        .stream()
        .map(Problem::toString)
        .collect(Collectors.joining("\n"));
  }
}
