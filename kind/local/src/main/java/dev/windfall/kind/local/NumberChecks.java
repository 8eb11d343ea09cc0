package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** Holds numbers to their bounds. */
final class NumberChecks {
  private NumberChecks() {}

  /** Whether a number fits what its schema calls an integer. */
  static List<Violation> integer(String format, JsonNode value, String path) {
    List<Violation> found = new ArrayList<>();
    boolean fits =
        !value.isNumber()
            || (value.canConvertToExactIntegral()
                && (format.equals("int32") ? value.canConvertToInt() : value.canConvertToLong()));
    if (!fits && !format.isEmpty() && value.isIntegralNumber() && !value.canConvertToLong()) {
      // Go has read such a number as one with a point.
      found.add(Violation.wrongType(path, "float64", format));
    }
    if (!fits) {
      found.add(
          Violation.invalid(
              Violation.NOWHERE,
              "",
              "Checked value must be of type integer "
                  + (format.isEmpty() ? "(default format)" : "with format " + format)
                  + " in "
                  + path));
    }
    return found;
  }

  /** Whether a number keeps to minimum, maximum and multiple. */
  static List<Violation> bounds(Schema.Limits limits, JsonNode value, String path) {
    List<Violation> found = new ArrayList<>();
    BigDecimal number = value.decimalValue();
    if (limits.multipleOf() != null
        && number.remainder(limits.multipleOf().decimalValue()).signum() != 0) {
      found.add(
          Violation.invalid(
              path, value, path + " in body should be a multiple of " + limits.multipleOf()));
    }
    if (limits.maximum() != null) {
      int against = number.compareTo(limits.maximum().decimalValue());
      if (against > 0 || (against == 0 && limits.belowMaximum())) {
        String than = limits.belowMaximum() ? "less than " : "less than or equal to ";
        found.add(
            Violation.invalid(path, value, path + " in body should be " + than + limits.maximum()));
      }
    }
    if (limits.minimum() != null) {
      int against = number.compareTo(limits.minimum().decimalValue());
      if (against < 0 || (against == 0 && limits.aboveMinimum())) {
        String than = limits.aboveMinimum() ? "greater than " : "greater than or equal to ";
        found.add(
            Violation.invalid(path, value, path + " in body should be " + than + limits.minimum()));
      }
    }
    return found;
  }
}
