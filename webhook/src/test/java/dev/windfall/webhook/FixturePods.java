package dev.windfall.webhook;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Pods as other systems make them, in {@code pods}: each file says whose, and where that is
 * written. Every one asks for a spot GPU at 0.50 at most.
 */
final class FixturePods {
  private FixturePods() {}

  static ObjectNode read(String name) {
    try (InputStream yaml = FixturePods.class.getResourceAsStream("pods/" + name + ".yaml")) {
      return Json.MAPPER.valueToTree(
          new Load(LoadSettings.builder().setLabel(name).build()).loadFromInputStream(yaml));
    } catch (IOException e) {
      throw new UncheckedIOException("closing a file of the class path", e);
    }
  }
}
