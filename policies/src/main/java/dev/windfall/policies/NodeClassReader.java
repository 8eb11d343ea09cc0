package dev.windfall.policies;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.policies.SpotPool.NodeClass;
import dev.windfall.policies.SpotPool.NodeClassRef;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads which node class the nodes of a pool are of: one that is there, or one to be made. */
final class NodeClassReader {
  /** As Karpenter's definition has it. */
  private static final int MOST_TAGS = 20;

  /** AWS has no longer ones. */
  private static final int LONGEST_TAG_KEY = 128;

  private static final Shape<String> TAG_VALUE = Shape.someText(256);

  static final Shape<String> ROLE = Shape.someText(512);

  /**
   * The families that Karpenter's definition knows and that run what rungs are for, and a version
   * without the characters that its own rules trip over.
   */
  static final Shape<String> AMI_ALIAS =
      text -> {
        if (!text.matches("(al2|al2023|bottlerocket)@[A-Za-z0-9._-]+") || text.length() > 30) {
          throw new IllegalArgumentException(
              "must be al2, al2023 or bottlerocket, an @ and a version, such as"
                  + " al2023@v20260101; at most 30 characters");
        }
        return text;
      };

  /** Part of the hash: another way to write node classes makes other ones, and edits none. */
  private static final String FORMAT = "1";

  private NodeClassReader() {}

  /** The class that is there; empty where none is named, or something is wrong with that. */
  static Optional<NodeClassRef> reference(Section spec) {
    if (!spec.has("nodeClassRef")) {
      return Optional.empty();
    }
    Section reference = spec.section("nodeClassRef");
    Optional<String> group = reference.required("group", Shape.someText(253));
    Optional<String> kind = reference.required("kind", Shape.someText(63));
    Optional<String> name = reference.required("name", Shape.someText(253));
    reference.refuseUnknown();
    return reference.clean()
        ? Optional.of(new NodeClassRef(group.orElseThrow(), kind.orElseThrow(), name.orElseThrow()))
        : Optional.empty();
  }

  /** The class to be made; empty where none is asked for, or something is wrong with it. */
  static Optional<NodeClass> made(Section spec, Optional<String> provider) {
    boolean asked = spec.has("nodeClass");
    if (asked == spec.has("nodeClassRef")) {
      spec.reject(
          "nodeClass",
          "exactly one of nodeClassRef and nodeClass must be set: the node class that is there, or"
              + " the one that Windfall makes");
    }
    if (!asked) {
      return Optional.empty();
    }
    if (provider.isPresent() && !provider.get().equals(NodeClass.PROVIDER)) {
      spec.reject(
          "nodeClass",
          "nodeClass is for provider aws; name the class of another one in nodeClassRef");
    }
    Section section = spec.section("nodeClass");
    Optional<String> role = section.required("role", ROLE);
    Optional<String> amiAlias = section.required("amiAlias", AMI_ALIAS);
    Map<String, String> subnets = tags(section, "subnetSelectorTags");
    Map<String, String> groups = tags(section, "securityGroupSelectorTags");
    section.refuseUnknown();
    return section.clean()
        ? Optional.of(new NodeClass(role.orElseThrow(), amiAlias.orElseThrow(), subnets, groups))
        : Optional.empty();
  }

  private static Map<String, String> tags(Section section, String key) {
    int problems = section.problems().size();
    Map<String, String> tags = section.texts(key);
    if (tags.isEmpty() && section.problems().size() == problems) {
      section.reject(
          key, key + " must name at least one tag; without any, every one would be selected");
    }
    judge(section, key, tags);
    return tags;
  }

  /** Says what is wrong with {@code tags}, which stand under {@code key}. */
  static void judge(Section section, String key, Map<String, String> tags) {
    if (tags.size() > MOST_TAGS) {
      section.reject(key, key + " must have at most " + MOST_TAGS + " tags");
    }
    tags.forEach((name, value) -> {
      if (name.isEmpty() || name.length() > LONGEST_TAG_KEY || !TAG_VALUE.fits(value)) {
        section.reject(
            key,
            "tag \""
                + Shape.shown(name + ": " + value)
                + "\" must have a key of 1 to 128 and a value of 1 to 256 characters");
      }
    });
  }

  /** The reference to the class that is made for {@code pool}. */
  static NodeClassRef reference(String pool, NodeClass made) {
    return new NodeClassRef(NodeClass.GROUP, NodeClass.KIND, pool + "-" + hash(made));
  }

  private static String hash(NodeClass made) {
    ArrayNode content =
        JsonNodeFactory.instance.arrayNode().add(FORMAT).add(made.role()).add(made.amiAlias());
    for (Map<String, String> tags :
        List.of(made.subnetSelectorTags(), made.securityGroupSelectorTags())) {
      ObjectNode written = content.addObject();
      tags.forEach(written::put);
    }
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(content.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 4);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
