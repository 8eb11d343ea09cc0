package dev.windfall.kind.e2e;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Ten certificate authorities one after the other, and a restart of both replicas, while pods are
 * created without a pause by an API server that must not create any without Windfall.
 */
class RotationTest {
  private static final int ROTATIONS = 10;
  private static final String CONFIGURATION = "mutatingwebhookconfiguration";

  /** One replica of the webhook, behind the balancer. */
  private static final class Member {
    private final Map<String, String> settings = new HashMap<>();
    private final int port = free();
    private final int management = free();
    private WindfallProcess process;

    Member(Bed bed, Balancer balancer) {
      settings.put("WINDFALL_ROLES", "webhook");
      settings.put("WINDFALL_ADMISSION_HOST", "127.0.0.1");
      settings.put("WINDFALL_ADMISSION_PORT", Integer.toString(port));
      settings.put("WINDFALL_ADMISSION_URL", "https://127.0.0.1:" + balancer.port());
      settings.put("WINDFALL_ADMISSION_SETTLE", "2s");
      settings.put("WINDFALL_MANAGEMENT_PORT", Integer.toString(management));
      process = WindfallProcess.start(bed, settings);
      balancer.add(port, management);
    }

    /** As a roll-out does it, without writing the configuration anew. */
    void restart(Bed bed) {
      process.stop();
      settings.put("WINDFALL_CLUSTER_INSTALL", "false");
      process = WindfallProcess.start(bed, settings);
    }

    void stop() {
      process.stop();
    }

    private static int free() {
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void noPodIsCreatedWithoutWindfallWhileAuthoritiesAndReplicasAreReplaced() throws Exception {
    try (Bed bed = Bed.up();
        Balancer balancer = new Balancer();
        Admissions admissions = new Admissions(bed)) {
      Member first = new Member(bed, balancer);
      Member second = new Member(bed, balancer);
      try {
        measure(bed, admissions, first, second);
      } finally {
        first.stop();
        second.stop();
      }
    }
  }

  /** What is late on a busy machine is not lost: the API server is given more patience. */
  private static void measure(Bed bed, Admissions admissions, Member... members)
      throws InterruptedException {
    bed.kubectl(
        "patch",
        CONFIGURATION,
        "windfall",
        "--type=json",
        "-p",
        """
        [{"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Fail"},
         {"op": "replace", "path": "/webhooks/0/timeoutSeconds", "value": 10}]
        """);
    long begin = System.nanoTime();
    admissions.begin();
    awaitAdmitted(admissions, 100);

    List<Double> rotations = new ArrayList<>();
    for (int i = 0; i < ROTATIONS; i++) {
      rotations.add(rotate(bed));
    }
    List<Double> restarts = new ArrayList<>();
    for (Member member : members) {
      long before = System.nanoTime();
      member.restart(bed);
      restarts.add(seconds(before));
      int then = admissions.admitted();
      awaitAdmitted(admissions, then + 100);
    }
    rotations.add(rotate(bed));
    admissions.end();
    double took = seconds(begin);

    System.out.printf(
        Locale.ROOT,
        """
        | | |
        |---|---|
        | pods created | %d, %.0f a second |
        | not admitted, or without Windfall | %d |
        | rotations, seconds each | %s |
        | replicas restarted, seconds each | %s |
        """,
        admissions.admitted(),
        admissions.admitted() / took,
        admissions.failures().size(),
        shown(rotations),
        shown(restarts));
    assertEquals(
        List.of(), admissions.failures().stream().limit(5).toList(), "the first that failed");
    assertEquals(
        "Fail",
        bed.get(CONFIGURATION, "windfall").at("/webhooks/0/failurePolicy").asText(),
        "what somebody else has set is as it was");
    assertTrue(admissions.admitted() > 1000, "there was a load");
  }

  private static void awaitAdmitted(Admissions admissions, int pods) {
    await("pods are admitted")
        .atMost(Duration.ofSeconds(60))
        .failFast(() -> assertEquals(List.of(), List.copyOf(admissions.failures())))
        .until(() -> admissions.admitted() > pods);
  }

  /** How long one takes, in seconds. */
  private static double rotate(Bed bed) {
    String before = authority(bed);
    long begin = System.nanoTime();
    bed.kubectl(
        "annotate",
        "secret",
        "windfall-webhook-ca",
        "-n",
        "windfall-system",
        "windfall.dev/rotate=now");
    await("the rotation has ended")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> !secret(bed).at("/metadata/annotations").has("windfall.dev/rotate"));
    assertTrue(!before.equals(authority(bed)), "there is another authority");
    return seconds(begin);
  }

  private static String authority(Bed bed) {
    return secret(bed).at("/data/tls.crt").asText();
  }

  private static com.fasterxml.jackson.databind.JsonNode secret(Bed bed) {
    return bed.get("secret", "windfall-webhook-ca", "-n", "windfall-system");
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  private static String shown(List<Double> seconds) {
    return seconds.stream()
        .map(each -> String.format(Locale.ROOT, "%.1f", each))
        .collect(Collectors.joining(" "));
  }
}
