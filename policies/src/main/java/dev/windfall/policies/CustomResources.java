package dev.windfall.policies;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The definitions of the resources that Windfall serves, as they are applied to a cluster. */
public final class CustomResources {
  private static final ObjectMapper JSON = new ObjectMapper();

  private CustomResources() {}

  /** The CustomResourceDefinition of SpotPool; a new one with each call. */
  public static ObjectNode spotPool() {
    return definition("spotpool.crd.yaml");
  }

  /** The CustomResourceDefinition of SpotPolicy; a new one with each call. */
  public static ObjectNode spotPolicy() {
    return definition("spotpolicy.crd.yaml");
  }

  /** The CustomResourceDefinition of Leftover's LeftoverNodePool; a new one with each call. */
  public static ObjectNode leftoverNodePool() {
    return definition("leftovernodepool.crd.yaml");
  }

  private static ObjectNode definition(String name) {
    LoadSettings settings = LoadSettings.builder().setLabel(name).build();
    return JSON.valueToTree(new Load(settings).loadFromString(text(name)));
  }

  private static String text(String name) {
    try (InputStream in = CustomResources.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + name, e);
    }
  }
}
