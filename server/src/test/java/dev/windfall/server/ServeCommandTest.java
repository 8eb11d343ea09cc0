package dev.windfall.server;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.transitivelyDependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.windfall.policies.WindfallConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  @Test
  void plainWordsComeToWhatPicocliMakesOfThem() throws IOException {
    Map<String, String> environment = Map.of("WINDFALL_MANAGEMENT_PORT", "5555");
    WindfallConfig config = config(environment, "--scheduler.port=6666", "--roles=extender");

    String[] words = {
      "serve",
      "--config=" + directory.resolve("windfall.yaml"),
      "--scheduler.port=6666",
      "--roles=extender"
    };
    assertEquals(Optional.of(config), Serve.plain(words, environment));
  }

  @Test
  void wordsThatAreNotPlainAreLeftToPicocli() throws IOException {
    var _ = config(Map.of());
    String file = "--config=" + directory.resolve("windfall.yaml");

    List<List<String>> others =
        List.of(
            List.of(),
            List.of("version"),
            List.of("rank", file),
            List.of("serve", file, "--help"),
            List.of("serve", file, "--help=true"),
            List.of("serve", file, "-h"),
            List.of("serve", file, "stray"),
            List.of("serve", file, "--scheduler.port", "6666"),
            List.of("serve", file, "--schedular.port=6666"),
            List.of("serve", file, "--scheduler.port=none"),
            List.of("serve", file, file),
            List.of("serve", file, "--=6666"),
            List.of("serve", "--config="),
            List.of("serve", "--config=" + directory.resolve("none.yaml")));
    for (List<String> words : others) {
      assertEquals(
          Optional.empty(), Serve.plain(words.toArray(String[]::new), Map.of()), words::toString);
    }
  }

  /** Picocli's class files are too old for an ahead-of-time cache. */
  @Test
  void theServerItselfKnowsNothingOfPicocli() {
    noClasses()
        .that()
        .areAssignableTo(Serve.class)
        .or()
        .areAssignableTo(Server.class)
        .should(transitivelyDependOnClassesThat(resideInAPackage("picocli..")))
        .check(new ClassFileImporter().importPackagesOf(Serve.class));
  }
}
