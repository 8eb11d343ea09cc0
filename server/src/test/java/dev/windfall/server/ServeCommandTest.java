package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.policies.WindfallConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ServeCommandTest {
  @TempDir private Path directory;

  private WindfallConfig config(Map<String, String> environment, String... flags)
      throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("windfall.yaml"),
            """
            scheduler: {port: 1111}
            management: {port: 2222}
            admission: {port: 3333}
            market: {sources: [{type: file, path: market.yaml}]}
            """);
    ServeCommand command = new ServeCommand(environment);
    List<String> words = new ArrayList<>(List.of("--config", file.toString()));
    words.addAll(List.of(flags));
    var _ = new CommandLine(command).parseArgs(words.toArray(String[]::new));
    return command.config();
  }

  @Test
  void aFlagStandsAboveAVariableAndAVariableAboveTheFile() throws IOException {
    WindfallConfig config =
        config(
            Map.of("WINDFALL_SCHEDULER_PORT", "4444", "WINDFALL_MANAGEMENT_PORT", "5555"),
            "--scheduler.port=6666",
            "--roles",
            "extender");

    assertEquals(6666, config.scheduler().port());
    assertEquals(5555, config.management().port());
    assertEquals(3333, config.admission().port());
    assertEquals("[extender]", config.roles().toString());
  }

  @Test
  void theMarketIsBesideTheConfiguration() throws IOException {
    assertEquals(
        List.of(new WindfallConfig.Source.File(directory.resolve("market.yaml"))),
        config(Map.of()).sources());
  }

  @Test
  void aMistypedFlagIsWrongUsageAndTheNearestIsNamed() {
    CommandLineRun run = CommandLineRun.of("serve", "--schedular.port=1");

    assertEquals(2, run.exit());
    assertTrue(run.err().contains("did you mean \"scheduler.port\"?"), run.err());
  }

  @Test
  void aFlagWithoutAValueIsWrongUsage() {
    assertEquals(2, CommandLineRun.of("serve", "--scheduler.port").exit());
    assertEquals(2, CommandLineRun.of("serve", "stray").exit());
  }
}
