package dev.windfall.server;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The arrows between the rooms. */
class LayeringTest {
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.windfall");

  /** Each room and the rooms it may look into. */
  private static final Map<String, List<String>> MAY_USE =
      Map.of(
          "policies", List.of(),
          "market", List.of("policies"),
          "providers", List.of("policies", "market"),
          "cluster", List.of(),
          "extender", List.of("policies", "market"),
          "webhook", List.of("policies", "market", "cluster"),
          "reconciler", List.of("policies", "market", "cluster"),
          "server",
              List.of(
                  "policies",
                  "market",
                  "providers",
                  "cluster",
                  "extender",
                  "webhook",
                  "reconciler",
                  "kind.demo"),
          "kind.local", List.of(),
          "kind.demo", List.of("policies", "market", "providers", "kind.local"));

  private static LayeredArchitecture rooms() {
    LayeredArchitecture rooms = layeredArchitecture().consideringOnlyDependenciesInLayers();
    for (String room : MAY_USE.keySet()) {
      rooms = rooms.layer(room).definedBy("dev.windfall." + room + "..");
    }
    return rooms;
  }

  @Test
  void noRoomLooksIntoOneItMustNot() {
    LayeredArchitecture rule = rooms();
    for (Map.Entry<String, List<String>> arrow : MAY_USE.entrySet()) {
      String[] targets = arrow.getValue().toArray(String[]::new);
      rule =
          targets.length == 0
              ? rule.whereLayer(arrow.getKey()).mayNotAccessAnyLayer()
              : rule.whereLayer(arrow.getKey()).mayOnlyAccessLayers(targets);
    }

    rule.check(MAIN);
  }

  @Test
  void aWrongArrowIsNoticed() {
    LayeredArchitecture wrong = rooms().whereLayer("webhook").mayNotAccessAnyLayer();

    AssertionError noticed = assertThrows(AssertionError.class, () -> wrong.check(MAIN));

    assertTrue(String.valueOf(noticed.getMessage()).contains("dev.windfall.market"));
  }
}
