package dev.windfall.policies;

import java.util.Optional;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** What YAML takes a scalar for, which the Kubernetes API minds and a person may not have meant. */
final class Scalars {
  /** kubectl reads YAML 1.1, in which these are true and false. */
  private static final Pattern ONCE_FLAGS =
      Pattern.compile("y|yes|n|no|on|off", Pattern.CASE_INSENSITIVE);

  private Scalars() {}

  static boolean isNull(Node node) {
    return node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.NULL);
  }

  /**
   * Why the API server would refuse a value that says the right thing in the wrong type, after the
   * name of its field; empty when it would not.
   *
   * @param read what it was read as
   */
  static Optional<String> mistyped(ScalarNode scalar, Object read) {
    Tag wanted = read instanceof Boolean ? Tag.BOOL : read instanceof Integer ? Tag.INT : Tag.STR;
    String shown = "\"" + Shape.shown(scalar.getValue()) + "\"";
    if (!wanted.equals(Tag.STR)) {
      return scalar.getTag().equals(wanted)
          ? Optional.empty()
          : Optional.of(shown + " must stand without quotes");
    }
    boolean text =
        scalar.getTag().equals(Tag.STR)
            && !(scalar.isPlain() && ONCE_FLAGS.matcher(scalar.getValue()).matches());
    return text ? Optional.empty() : Optional.of(shown + " must stand in quotes");
  }
}
