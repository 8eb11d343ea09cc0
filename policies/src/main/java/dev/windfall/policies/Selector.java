package dev.windfall.policies;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Selects objects by their labels, as a Kubernetes {@code LabelSelector} does: all of its
 * expressions hold. One without any selects everything.
 *
 * @param expressions {@code matchLabels} are {@code In} with one value
 */
public record Selector(List<Expression> expressions) {
  /** Selects everything. */
  public static final Selector ALL = new Selector(List.of());

  private static final int MOST = 50;

  /** How a label compares with the values of an expression. */
  public enum Operator {
    IN("In"),
    NOT_IN("NotIn"),
    EXISTS("Exists"),
    DOES_NOT_EXIST("DoesNotExist");

    private final String text;

    Operator(String text) {
      this.text = text;
    }

    /** As the Kubernetes API has it. */
    @Override
    public String toString() {
      return text;
    }

    /** Whether it is written with values. */
    boolean compares() {
      return this == IN || this == NOT_IN;
    }
  }

  /**
   * One thing that is required of a label.
   *
   * @param values none with {@link Operator#EXISTS} and {@link Operator#DOES_NOT_EXIST}
   */
  public record Expression(String key, Operator operator, Set<String> values) {
    public Expression {
      values = Collections.unmodifiableSet(new LinkedHashSet<>(values));
    }

    Expression(String key, Operator operator, List<String> values) {
      this(key, operator, new LinkedHashSet<>(values));
    }

    /**
     * Whether it holds.
     *
     * @param value of the label; null where it is missing, which {@code NotIn} allows
     */
    boolean holds(@Nullable String value) {
      return switch (operator) {
        case IN -> value != null && values.contains(value);
        case NOT_IN -> value == null || !values.contains(value);
        case EXISTS -> value != null;
        case DOES_NOT_EXIST -> value == null;
      };
    }
  }

  public Selector {
    expressions = List.copyOf(expressions);
  }

  /** Whether it selects an object with these labels. */
  public boolean matches(Map<String, String> labels) {
    for (Expression expression : expressions) {
      if (!expression.holds(labels.get(expression.key()))) {
        return false;
      }
    }
    return true;
  }

  /** As a {@code LabelSelector} that selects the same; a new one with each call. */
  public ObjectNode json() {
    ObjectNode selector = JsonNodeFactory.instance.objectNode();
    ArrayNode list = selector.putArray("matchExpressions");
    for (Expression expression : expressions) {
      ObjectNode one =
          list.addObject()
              .put("key", expression.key())
              .put("operator", expression.operator().toString());
      if (expression.operator().compares()) {
        expression.values().forEach(one.putArray("values")::add);
      }
    }
    return selector;
  }

  static Selector read(Section section) {
    List<Expression> expressions = new ArrayList<>();
    section
        .texts("matchLabels")
        .forEach((key, value) -> {
          if (!Shape.LABEL_KEY.fits(key) || !Shape.LABEL_VALUE_OR_NONE.fits(value)) {
            section.reject(
                "matchLabels", "label \"" + key + ": " + value + "\" is not a valid label");
          }
          expressions.add(new Expression(key, Operator.IN, List.of(value)));
        });
    for (Section expression : section.sections("matchExpressions")) {
      expression(expression).ifPresent(expressions::add);
    }
    if (expressions.size() > MOST) {
      section.reject(
          "matchExpressions", "a selector must have at most " + MOST + " labels and expressions");
    }
    section.refuseUnknown();
    return new Selector(expressions);
  }

  private static Optional<Expression> expression(Section section) {
    Optional<String> key = section.required("key", Shape.LABEL_KEY);
    Optional<Operator> operator = section.required("operator", Shape.oneOf(Operator.values()));
    List<String> values = section.list("values", Shape.LABEL_VALUE_OR_NONE);
    section.refuseUnknown();
    if (values.size() > MOST) {
      section.reject("values", "values must be at most " + MOST);
    }
    operator.ifPresent(compares -> {
      if (compares.compares() && values.isEmpty()) {
        section.reject("values", "operator " + compares + " needs values");
      } else if (!compares.compares() && !values.isEmpty()) {
        section.reject("values", "operator " + compares + " goes without values");
      }
    });
    return section.clean()
        ? Optional.of(new Expression(key.orElseThrow(), operator.orElseThrow(), values))
        : Optional.empty();
  }
}
