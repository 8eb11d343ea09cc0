package dev.windfall.providers.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.market.Offer;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Memory;
import dev.windfall.policies.WindfallConfig.Source.Aws.Endpoints;
import dev.windfall.providers.Quotes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/**
 * Our requests against moto, which others wrote after AWS's own description of them. It proves the
 * wire format: its spot prices are all the same, and some of what we ask it does not know.
 */
@Tag("moto")
class MotoTest {
  private static final String REGION = "us-east-1";

  @TempDir private static Path directory;
  private static Optional<Process> moto = Optional.empty();
  private static URI uri = URI.create("http://127.0.0.1:0");

  @BeforeAll
  static void start() throws IOException {
    int port = freePort();
    uri = URI.create("http://127.0.0.1:" + port);
    moto =
        Optional.of(
            new ProcessBuilder(
                    System.getProperty("moto.server", "moto_server"),
                    "-H",
                    "127.0.0.1",
                    "-p",
                    String.valueOf(port))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("moto.log").toFile())
                .start());
    Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> answers(port));
  }

  @AfterAll
  static void stop() throws InterruptedException {
    if (moto.isPresent()) {
      moto.get().destroy();
      boolean _ = moto.get().waitFor(10, TimeUnit.SECONDS);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("looking for a free port", e);
    }
  }

  private static boolean answers(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void whatMotoKnowsOfARegionIsOffered() {
    Optional<URI> here = Optional.of(uri);
    Quotes quotes;
    try (AwsSource source =
        new AwsSource(
            REGION,
            Duration.ofMinutes(1),
            new Endpoints(here, here, here, Optional.empty()),
            () -> AwsSource.SCORED_NODES,
            InstantSource.system(),
            () -> StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")),
            Clients.Patience.usual(),
            new Bucket(System::nanoTime, TimeUnit.NANOSECONDS::sleep))) {
      quotes = source.poll().orElseThrow();
    }

    Offer offer = Account.find(quotes, "us-east-1a", "g4dn.xlarge", Capacity.SPOT).orElseThrow();
    assertEquals("NVIDIA", offer.gpu().manufacturer());
    assertEquals("T4", offer.gpu().model());
    assertEquals(1, offer.gpu().count());
    assertEquals(Memory.parse("16Gi"), offer.gpu().memory());
    assertEquals(4, offer.cpu());
    assertTrue(quotes.offers().size() > 100, quotes.offers().size() + " offers");
    List<String> troubles = quotes.troubles();
    for (String call :
        List.of(
            "DescribeInstanceTypes",
            "DescribeAvailabilityZones",
            "DescribeInstanceTypeOfferings",
            "DescribeSpotPriceHistory")) {
      assertTrue(
          troubles.stream().noneMatch(trouble -> trouble.startsWith(call + " ")),
          troubles::toString);
    }
  }
}
