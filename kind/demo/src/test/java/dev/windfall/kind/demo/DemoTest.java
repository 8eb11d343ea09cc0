package dev.windfall.kind.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DemoTest {
  private final StringWriter written = new StringWriter();

  /** A Windfall that does not start, and what it was given. */
  private static final class Refusing implements Demo.Starter {
    private @Nullable Map<String, String> configuration;
    private @Nullable URI apiServer;

    @Override
    public Demo.Windfall start(Map<String, String> given, URI uri) {
      configuration = given;
      apiServer = uri;
      throw new DemoException("no");
    }

    Map<String, String> configuration() {
      return java.util.Objects.requireNonNull(configuration);
    }

    URI apiServer() {
      return java.util.Objects.requireNonNull(apiServer);
    }

    Path marketFile() {
      Matcher path =
          Pattern.compile("path: \"(.*)\"")
              .matcher(configuration().getOrDefault("market.sources", ""));
      assertTrue(path.find());
      return Path.of(path.group(1));
    }
  }

  private DemoException run(OptionalInt port, Demo.Starter starter) {
    Demo demo =
        new Demo(
            new Demo.Settings(true, 1, 1, port),
            starter,
            new PrintWriter(written),
            false,
            InstantSource.system());
    return assertThrows(DemoException.class, demo::run);
  }

  /** Its second line ended in an ellipsis. */
  @Test
  void theHeadingIsNotCut() {
    run(OptionalInt.of(0), new Refusing());

    assertTrue(
        written.toString().replaceAll("\\s+", " ").contains("kubelets are played."),
        written.toString());
    assertFalse(written.toString().contains("…"), written.toString());
  }

  @Test
  void whatWasOpenedIsClosedWhenWindfallDoesNotStart() {
    Refusing windfall = new Refusing();

    run(OptionalInt.of(0), windfall);

    assertFalse(Files.exists(windfall.marketFile().toAbsolutePath().getParent()));
    URI apiServer = windfall.apiServer();
    assertThrows(
        ConnectException.class, () -> new Socket(apiServer.getHost(), apiServer.getPort()).close());
  }

  @Test
  void windfallFindsTheMarketWhenItStarts() {
    Refusing windfall = new Refusing();

    run(
        OptionalInt.of(0),
        (configuration, apiServer) -> {
          var _ = assertThrows(DemoException.class, () -> windfall.start(configuration, apiServer));
          assertTrue(Files.exists(windfall.marketFile()));
          throw new DemoException("no");
        });
  }

  @Test
  void aPortThatIsTakenIsNamed() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();

      DemoException said = run(OptionalInt.of(port), new Refusing());

      assertEquals(
          "port %d is taken; --port names another, and 0 any that is free".formatted(port),
          said.getMessage());
    }
  }
}
