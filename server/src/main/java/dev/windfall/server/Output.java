package dev.windfall.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** How a command says what it found. */
enum Output {
  TABLE,
  JSON,
  YAML;

  /** The text in this form: YAML says what JSON says. */
  String of(Supplier<String> table, Supplier<String> json) {
    return switch (this) {
      case TABLE -> table.get();
      case JSON -> json.get();
      case YAML -> yaml(json.get());
    };
  }

  private static String yaml(String json) {
    try {
      Map<?, ?> tree = new ObjectMapper().readValue(json, Map.class);
      return new Dump(DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).build())
          .dumpToString(tree);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("what we wrote is JSON", e);
    }
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
