package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.local.Fault;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** A pool that describes its node class, before the whole server. */
class OwnNodeClassTest extends OnePool {
  private static final String AWS = "karpenter.k8s.aws/v1";
  private static final String CLASS = "EC2NodeClass";

  private static String pool(String role) {
    return POOL.replaceFirst(
        "\"nodeClassRef\": \\{[^}]*\\}",
        """
        "nodeClass": {"role": "%s", "amiAlias": "al2023@v20260101",
          "subnetSelectorTags": {"a": "b"}, "securityGroupSelectorTags": {"a": "b"}}\
        """
            .formatted(role));
  }

  private Set<String> classes() {
    Set<String> names = new TreeSet<>();
    cluster.all(AWS, CLASS).forEach(each -> names.add(each.at("/metadata/name").asText()));
    return names;
  }

  /** The classes that rungs refer to. */
  private Set<String> referred(Predicate<JsonNode> which) {
    Set<String> names = new TreeSet<>();
    cluster.all("karpenter.sh/v1", "NodePool").stream()
        .filter(which)
        .forEach(rung -> names.add(rung.at("/spec/template/spec/nodeClassRef/name").asText()));
    return names;
  }

  private static boolean open(JsonNode rung) {
    return !rung.at("/metadata/annotations").has("windfall.dev/closed");
  }

  @Test
  void anEditMakesAnotherClassAndRungsOfItAndTheFirstStaysWhileItsRungsDo() throws Exception {
    try (Server server = start()) {
      put(pool("nodes"));
      eventually(() -> classes().size() == 1 && referred(OwnNodeClassTest::open).equals(classes()));
      Set<String> first = classes();

      put(pool("others"));
      eventually(() -> classes().size() == 2);
      eventually(() -> referred(OwnNodeClassTest::open).size() == 1);
      eventually(() -> !referred(OwnNodeClassTest::open).equals(first));
      lookAtClasses(server);

      assertEquals(classes(), referred(rung -> true));
      assertTrue(classes().containsAll(first));
    }
  }

  @Test
  void whatKarpenterSaysOfTheClassIsSaidInTheStatusOfThePool() throws Exception {
    try (Server server = start()) {
      put(pool("nodes"));
      eventually(() -> condition("Ready").path("reason").asText().equals("NodeClassPending"));
      eventually(() -> classes().size() == 1);
      judged("False", "no subnet");
      eventually(() -> condition("Ready").path("reason").asText().equals("NodeClassNotReady"));
      assertTrue(condition("Ready").path("message").asText().contains("no subnet"));

      judged("True", "");
      lookAtClasses(server);
      eventually(() -> condition("Ready").path("reason").asText().equals("Open"));
    }
  }

  private void judged(String ready, String message) {
    for (String name : List.copyOf(classes())) {
      assertTrue(
          cluster.change(
              AWS,
              CLASS,
              "",
              name,
              object -> {
                ObjectNode condition =
                    object.withObject("/status").putArray("conditions").addObject();
                condition.put("type", "Ready").put("status", ready).put("message", message);
                return object;
              }));
    }
  }

  @Test
  void aClusterWithoutTheKindIsServedAsEver() throws Exception {
    cluster.faults().always("*", "ec2nodeclasses", Fault.status(404));
    try (Server server = withRungs()) {
      lookAtClasses(server);

      assertEquals(1, cluster.requests("list", "ec2nodeclasses").size());
      assertEquals(0, cluster.requests("watch", "ec2nodeclasses").size());
    }
  }

  /** A status or an annotation is no reason to; another pool is, even one that cannot be read. */
  private void lookAtClasses(Server server) throws Exception {
    for (String name : List.of("one", "two")) {
      double before = passes(server, "nodeclasses");
      put(
          """
          {"apiVersion": "windfall.dev/v1alpha1", "kind": "SpotPool", "metadata": {"name": "%s-%d"},
           "spec": {}}
          """
              .formatted(name, (long) before));
      eventually(() -> passes(server, "nodeclasses") > before);
    }
  }
}
