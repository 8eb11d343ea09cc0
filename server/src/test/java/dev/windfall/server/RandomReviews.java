package dev.windfall.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * AdmissionReviews that are nearly right: of pods as other systems make them, of random wishes, and
 * each with a few things put wrong.
 */
final class RandomReviews {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What a user may have said in fields that a patch touches. */
  private static final Map<String, List<String>> FIELDS =
      Map.of(
          "tolerations",
          List.of(
              "null",
              "[]",
              "[{'operator':'Exists'}]",
              "[{'key':'nvidia.com/gpu','operator':'Exists'}]",
              "[{'key':'windfall.dev/rung','value':'x'}]"),
          "affinity",
          List.of(
              "null",
              "{}",
              "{'nodeAffinity':null}",
              "{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{'nodeSelectorTerms':null}}}",
              "{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{'nodeSelectorTerms':[{}]}}}",
              "{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{'nodeSelectorTerms':["
                  + "{'matchExpressions':null,'matchFields':[{'key':'metadata.name','operator':'In','values':['n']}]},"
                  + "{'matchExpressions':[{'key':'windfall.dev/offer','operator':'In','values':['a.b.spot']}]}]}},"
                  + "'podAffinity':{}}"),
          "schedulingGates",
          List.of(
              "null",
              "[]",
              "[{'name':'windfall.dev/price'}]",
              "[{'name':'example.com/x'}]",
              "[{'name':'kueue.x-k8s.io/admission'}]"),
          "nodeSelector",
          List.of("null", "{}", "{'karpenter.sh/capacity-type':'spot'}"),
          "schedulerName",
          List.of("'default-scheduler'", "''", "'volcano'", "'gpu-scheduler'"),
          "unknownYet",
          List.of("{'a/b~c':[1.5,null,true]}"));

  private static final List<String> WISHES =
      List.of("prefer", "require", "never", "true", "false", "no", "");
  private static final List<String> CAPS = List.of("0.05", "0.4", "1", "7.5", "1000000", "-1", "x");

  private static final List<String> KEYS =
      List.of(
          "",
          "a/b~c",
          "~1",
          "0",
          "-",
          "metadata",
          "annotations",
          "labels",
          "spec",
          "tolerations",
          "affinity",
          "schedulingGates",
          "nvidia.com/gpu",
          "windfall.dev/spot",
          "windfall.dev/max-price-per-gpu",
          "windfall.dev/decision",
          "windfall.dev/what");

  private static final List<JsonNode> VALUES =
      Stream.of(
              "null",
              "true",
              "0",
              "-1",
              "1.5",
              "9223372036854775808",
              "1e400",
              "''",
              "'x'",
              "'1'",
              "'~0~1/'",
              "'prefer'",
              "'CREATE'",
              "'a\\nb\\u0000\\u2028'",
              "'\\ud83d\\ude00'",
              "'\\ud800'",
              "[]",
              "{}",
              "[null]",
              "[{}]",
              "[[]]",
              "{'':null}",
              "{'nvidia.com/gpu':'1'}",
              "{'nvidia.com/gpu':1e9}",
              "[".repeat(10) + "]".repeat(10),
              "'" + "y".repeat(5000) + "'")
          .map(RandomReviews::json)
          .toList();

  private final List<JsonNode> pods = new ArrayList<>();

  /** With the pods of the webhook's own tests. */
  RandomReviews() throws IOException {
    Path fixtures =
        Repository.root().resolve("webhook/src/test/resources/dev/windfall/webhook/pods");
    try (Stream<Path> files = Files.list(fixtures)) {
      for (Path file : files.sorted().toList()) {
        try (InputStream yaml = Files.newInputStream(file)) {
          pods.add(
              JSON.valueToTree(new Load(LoadSettings.builder().build()).loadFromInputStream(yaml)));
        }
      }
    }
    pods.add(
        JSON.readTree(fixtures.resolveSibling("create-pod-review.json").toFile())
            .at("/request/object"));
  }

  /**
   * A review.
   *
   * @param sound whether it is of a pod that anybody may create; the others are of none that exists
   */
  record Drawn(ObjectNode review, boolean sound) {}

  /** Half of them are sound. */
  Drawn next(SplittableRandom random) {
    ObjectNode pod = pick(random, pods).deepCopy();
    wish(pod, random);
    ObjectNode review =
        (ObjectNode)
            json(
                """
                {'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview','request':{
                 'uid':'705ab4f5-6393-11e8-b7cc-42010a800002',
                 'kind':{'group':'','version':'v1','kind':'Pod'},
                 'resource':{'group':'','version':'v1','resource':'pods'},
                 'namespace':'research','operation':'CREATE','userInfo':{'username':'jane'},
                 'oldObject':null,'dryRun':false,'options':{'kind':'CreateOptions'}}}
                """);
    ((ObjectNode) review.get("request")).set("object", pod);
    int wrong = random.nextInt(2) * random.nextInt(1, 6);
    for (int i = 0; i < wrong; i++) {
      // A review that cannot be read proves little, so most damage is to the pod.
      damage(random.nextInt(8) > 0 ? pod : review, random);
    }
    return new Drawn(review, wrong == 0);
  }

  private void wish(ObjectNode pod, SplittableRandom random) {
    ObjectNode annotations = pod.withObject("/metadata/annotations");
    if (random.nextInt(10) > 0) {
      annotations.put("windfall.dev/spot", pick(random, WISHES));
    }
    if (random.nextBoolean()) {
      annotations.put("windfall.dev/max-price-per-gpu", pick(random, CAPS));
    } else {
      annotations.remove("windfall.dev/max-price-per-gpu");
    }
    FIELDS.forEach((field, values) -> {
      if (random.nextInt(3) == 0) {
        ((ObjectNode) pod.get("spec")).set(field, json(pick(random, values)));
      }
    });
  }

  /** Changes one thing, anywhere below {@code root}. */
  private void damage(JsonNode root, SplittableRandom random) {
    List<JsonNode> inner = new ArrayList<>();
    collect(root, inner);
    JsonNode at = pick(random, inner);
    if (at instanceof ObjectNode object) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      String name = names.isEmpty() ? pick(random, KEYS) : pick(random, names);
      switch (random.nextInt(4)) {
        case 0 -> object.remove(name);
        case 1 -> object.set(pick(random, KEYS), value(random));
        case 2 -> object.set(pick(random, KEYS), object.path(name).deepCopy());
        default -> object.set(name, value(random));
      }
    } else if (at instanceof ArrayNode array) {
      int i = array.isEmpty() ? 0 : random.nextInt(array.size());
      switch (random.nextInt(4)) {
        case 0 -> array.removeAll();
        case 1 -> array.insert(i, value(random));
        case 2 -> array.add(array.path(i).deepCopy());
        default -> {
          if (!array.isEmpty()) {
            array.set(i, value(random));
          }
        }
      }
    }
  }

  /** Something small of our own, or a part of some other pod. */
  private JsonNode value(SplittableRandom random) {
    if (random.nextInt(4) > 0) {
      return pick(random, VALUES).deepCopy();
    }
    List<JsonNode> inner = new ArrayList<>();
    collect(pick(random, pods), inner);
    return pick(random, inner).deepCopy();
  }

  private static void collect(JsonNode node, List<JsonNode> inner) {
    if (node.isContainerNode()) {
      inner.add(node);
      node.forEach(child -> collect(child, inner));
    }
  }

  /** JSON in which single quotes stand for double ones. */
  private static JsonNode json(String text) {
    try {
      return text.equals("1e400")
          ? JsonNodeFactory.instance.numberNode(new java.math.BigDecimal(text))
          : JSON.readTree(text.replace('\'', '"'));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static <T> T pick(SplittableRandom random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}
