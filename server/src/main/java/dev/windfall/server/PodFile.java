package dev.windfall.server;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.policies.Pod;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * The pod in what people hand to kubectl: a Pod, or whatever has a template of pods. Of several the
 * first.
 *
 * @param object as the API server would show it, with its namespace
 * @param pods how many pods and templates were found
 */
record PodFile(ObjectNode object, int pods) {
  private static final int MOST_CHARACTERS = 16 << 20;
  private static final int DEEPEST = 100;
  private static final String TOO_DEEP = "it is nested too deeply";
  private static final List<String> TEMPLATES =
      List.of("/spec/template", "/spec/jobTemplate/spec/template", "/template");
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /**
   * Reads YAML or JSON.
   *
   * @param source what a failure calls it
   * @param namespace of a pod that does not say
   * @throws FailureException when there is no pod in it that asks for GPUs
   */
  static PodFile read(String source, String text, String namespace) {
    List<ObjectNode> pods = new ArrayList<>();
    for (JsonNode document : documents(source, text)) {
      Stream<JsonNode> objects =
          document.path("kind").asText().endsWith("List")
              ? document.path("items").valueStream()
              : Stream.of(document);
      objects.flatMap(object -> pod(object, namespace).stream()).forEach(pods::add);
    }
    if (pods.isEmpty()) {
      throw new FailureException(
          source
              + " holds neither a Pod nor anything with a template of pods, such as a Deployment, a"
              + " Job or a CronJob");
    }
    ObjectNode first = pods.getFirst();
    requireGpus(source, first);
    return new PodFile(first, pods.size());
  }

  /** {@code namespace/name}. */
  String name() {
    return object.at("/metadata/namespace").asText() + "/" + object.at("/metadata/name").asText();
  }

  private static Optional<ObjectNode> pod(JsonNode object, String namespace) {
    boolean itself =
        object.has("kind")
            ? object.path("kind").asText().equals("Pod")
            : object.at("/spec/containers").isArray();
    return itself
        ? Optional.of(made(object, object, namespace))
        : TEMPLATES.stream()
            .map(object::at)
            .filter(template -> template.at("/spec/containers").isArray())
            .findFirst()
            .map(template -> made(template, object, namespace));
  }

  /** What a template leaves to its owner, its owner says. */
  private static ObjectNode made(JsonNode template, JsonNode owner, String namespace) {
    ObjectNode pod = JSON.objectNode().put("apiVersion", "v1").put("kind", "Pod");
    ObjectNode metadata =
        template.path("metadata") instanceof ObjectNode stated
            ? stated.deepCopy()
            : JSON.objectNode();
    String name =
        Stream.of(template, owner)
            .flatMap(one -> Stream.of(one.at("/metadata/name"), one.at("/metadata/generateName")))
            .map(JsonNode::asText)
            .filter(text -> !text.isEmpty())
            .findFirst()
            .orElse("pod");
    String in = owner.at("/metadata/namespace").asText();
    metadata.put("name", name).put("namespace", in.isEmpty() ? namespace : in);
    metadata.remove("managedFields");
    pod.set("metadata", metadata);
    pod.set("spec", template.path("spec").deepCopy());
    return pod;
  }

  /** Read as the server will read it. */
  private static void requireGpus(String source, ObjectNode object) {
    String name = Printable.of(object.at("/metadata/name").asText(), 253);
    try (JsonParser parser = object.traverse(new ObjectMapper())) {
      parser.nextToken();
      if (Pod.read(parser).asks().isEmpty()) {
        throw new FailureException(
            "%s: the pod \"%s\" asks for no GPU: no container has nvidia.com/gpu, or a share of one, in resources.limits"
                .formatted(source, name));
      }
    } catch (IOException e) {
      throw new FailureException(
          "%s: the pod \"%s\" cannot be read: %s"
              .formatted(
                  source, name, String.valueOf(e.getMessage()).lines().findFirst().orElse("")));
    }
  }

  private static List<JsonNode> documents(String source, String text) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(source)
            .setCodePointLimit(MOST_CHARACTERS)
            .setSchema(new CoreSchema())
            .build();
    List<JsonNode> documents = new ArrayList<>();
    try {
      for (Object document : new Load(settings).loadAllFromString(text)) {
        documents.add(tree(document, 0));
      }
    } catch (MarkedYamlEngineException e) {
      throw new FailureException(
          source + place(e.getProblemMark()) + ": cannot be read: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw new FailureException(source + ": cannot be read: " + e.getMessage());
    } catch (StackOverflowError e) {
      throw new FailureException(source + ": cannot be read: " + TOO_DEEP);
    }
    return documents;
  }

  private static String place(Optional<Mark> mark) {
    return mark.map(m -> ":" + (m.getLine() + 1) + ":" + (m.getColumn() + 1)).orElse("");
  }

  private static JsonNode tree(@Nullable Object value, int depth) {
    if (depth > DEEPEST) {
      throw new YamlEngineException(TOO_DEEP);
    }
    return switch (value) {
      case null -> JSON.nullNode();
      case Map<?, ?> map -> {
        ObjectNode object = JSON.objectNode();
        map.forEach((key, inner) -> object.set(String.valueOf(key), tree(inner, depth + 1)));
        yield object;
      }
      case Iterable<?> list -> {
        ArrayNode array = JSON.arrayNode();
        list.forEach(item -> array.add(tree(item, depth + 1)));
        yield array;
      }
      case Boolean flag -> JSON.booleanNode(flag);
      case Integer number -> JSON.numberNode(number);
      case Long number -> JSON.numberNode(number);
      case Double number -> JSON.numberNode(number);
      default -> JSON.textNode(String.valueOf(value));
    };
  }
}
