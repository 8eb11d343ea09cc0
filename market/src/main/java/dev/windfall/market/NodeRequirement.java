package dev.windfall.market;

import java.util.List;

/**
 * One thing that a pod requires of the labels of its node.
 *
 * @param values at most 60
 */
public record NodeRequirement(String key, Operator operator, List<String> values) {
  /** How the label's value compares with {@code values}. */
  public enum Operator {
    IN("In"),
    NOT_IN("NotIn");

    private final String text;

    Operator(String text) {
      this.text = text;
    }

    /** As the Kubernetes API has it. */
    @Override
    public String toString() {
      return text;
    }
  }

  public NodeRequirement {
    values = List.copyOf(values);
  }

  /** {@code karpenter.sh/capacity-type In [spot]}. */
  @Override
  public String toString() {
    return key + " " + operator + " " + values;
  }
}
