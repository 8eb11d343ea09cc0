package dev.windfall.kind.local;

import static dev.cel.common.CelOverloadDecl.newGlobalOverload;
import static dev.cel.common.CelOverloadDecl.newMemberOverload;

import com.google.common.collect.ImmutableList;
import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.TypeParamType;
import dev.cel.runtime.CelFunctionBinding;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * What Kubernetes adds to CEL and its standard extensions: regular expressions that give what they
 * found, lists that can be compared and summed, quantities, and whether a text is an IP address.
 * Its types for URLs, IP addresses, CIDRs, semantic versions and formats, and the authorizer, are
 * not here: an expression with one of them does not compile.
 */
final class CelFunctions {
  private static final CelType QUANTITY = OpaqueType.create("kubernetes.Quantity");
  private static final CelType ELEMENT = TypeParamType.create("T");
  private static final ListType LIST = ListType.create(ELEMENT);

  static final List<CelFunctionDecl> DECLARATIONS =
      List.of(
          member("find", "string_find", SimpleType.STRING, SimpleType.STRING, SimpleType.STRING),
          CelFunctionDecl.newFunctionDeclaration(
              "findAll",
              newMemberOverload(
                  "string_find_all",
                  ListType.create(SimpleType.STRING),
                  SimpleType.STRING,
                  SimpleType.STRING),
              newMemberOverload(
                  "string_find_all_limit",
                  ListType.create(SimpleType.STRING),
                  SimpleType.STRING,
                  SimpleType.STRING,
                  SimpleType.INT)),
          member("isSorted", "list_is_sorted", SimpleType.BOOL, LIST),
          member("sum", "list_sum", ELEMENT, LIST),
          member("min", "list_min", ELEMENT, LIST),
          member("max", "list_max", ELEMENT, LIST),
          global("isIP", "is_ip", SimpleType.BOOL, SimpleType.STRING),
          global("isQuantity", "is_quantity", SimpleType.BOOL, SimpleType.STRING),
          global("quantity", "string_to_quantity", QUANTITY, SimpleType.STRING),
          member("asInteger", "quantity_as_integer", SimpleType.INT, QUANTITY),
          member("compareTo", "quantity_compare", SimpleType.INT, QUANTITY, QUANTITY),
          member("isGreaterThan", "quantity_greater", SimpleType.BOOL, QUANTITY, QUANTITY),
          member("isLessThan", "quantity_less", SimpleType.BOOL, QUANTITY, QUANTITY));

  static final List<CelFunctionBinding> BINDINGS =
      Stream.of(
              bindings(
                  "find",
                  CelFunctionBinding.from(
                      "string_find", String.class, String.class, CelFunctions::find)),
              bindings(
                  "findAll",
                  CelFunctionBinding.from(
                      "string_find_all",
                      String.class,
                      String.class,
                      (text, pattern) -> findAll(text, pattern, -1)),
                  CelFunctionBinding.from(
                      "string_find_all_limit",
                      ImmutableList.of(String.class, String.class, Long.class),
                      arguments ->
                          findAll(
                              (String) arguments[0], (String) arguments[1], (Long) arguments[2]))),
              bindings(
                  "isSorted",
                  CelFunctionBinding.from("list_is_sorted", List.class, CelFunctions::isSorted)),
              bindings("sum", CelFunctionBinding.from("list_sum", List.class, CelFunctions::sum)),
              bindings(
                  "min",
                  CelFunctionBinding.from("list_min", List.class, list -> extreme(list, -1))),
              bindings(
                  "max", CelFunctionBinding.from("list_max", List.class, list -> extreme(list, 1))),
              bindings("isIP", CelFunctionBinding.from("is_ip", String.class, Formats::isIp)),
              bindings(
                  "isQuantity",
                  CelFunctionBinding.from(
                      "is_quantity", String.class, text -> Quantity.parse(text).isPresent())),
              bindings(
                  "quantity",
                  CelFunctionBinding.from(
                      "string_to_quantity", String.class, CelFunctions::quantity)),
              bindings(
                  "asInteger",
                  CelFunctionBinding.from(
                      "quantity_as_integer", BigDecimal.class, BigDecimal::longValueExact)),
              bindings(
                  "compareTo",
                  CelFunctionBinding.from(
                      "quantity_compare",
                      BigDecimal.class,
                      BigDecimal.class,
                      (one, other) -> (long) one.compareTo(other))),
              bindings(
                  "isGreaterThan",
                  CelFunctionBinding.from(
                      "quantity_greater",
                      BigDecimal.class,
                      BigDecimal.class,
                      (one, other) -> one.compareTo(other) > 0)),
              bindings(
                  "isLessThan",
                  CelFunctionBinding.from(
                      "quantity_less",
                      BigDecimal.class,
                      BigDecimal.class,
                      (one, other) -> one.compareTo(other) < 0)))
          .flatMap(Collection::stream)
          .toList();

  private CelFunctions() {}

  private static Collection<CelFunctionBinding> bindings(
      String function, CelFunctionBinding... overloads) {
    return CelFunctionBinding.fromOverloads(function, overloads);
  }

  private static BigDecimal quantity(String text) {
    return Quantity.parse(text)
        .orElseThrow(() -> new IllegalArgumentException("no quantity: \"" + text + "\""));
  }

  private static CelFunctionDecl member(
      String name, String id, CelType result, CelType... parameters) {
    CelOverloadDecl overload = newMemberOverload(id, result, List.of(parameters));
    return CelFunctionDecl.newFunctionDeclaration(name, overload);
  }

  private static CelFunctionDecl global(
      String name, String id, CelType result, CelType... parameters) {
    CelOverloadDecl overload = newGlobalOverload(id, result, List.of(parameters));
    return CelFunctionDecl.newFunctionDeclaration(name, overload);
  }

  private static String find(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    return matcher.find() ? matcher.group() : "";
  }

  private static List<String> findAll(String text, String pattern, long most) {
    List<String> found = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    while ((most < 0 || found.size() < most) && matcher.find()) {
      found.add(matcher.group());
    }
    return found;
  }

  private static boolean isSorted(List<?> list) {
    for (int i = 1; i < list.size(); i++) {
      if (compare(list.get(i - 1), list.get(i)) > 0) {
        return false;
      }
    }
    return true;
  }

  private static Object extreme(List<?> list, int sign) {
    if (list.isEmpty()) {
      throw new IllegalArgumentException("min and max of an empty list");
    }
    Object best = list.getFirst();
    for (Object each : list) {
      best = compare(each, best) * sign > 0 ? each : best;
    }
    return best;
  }

  private static Object sum(List<?> list) {
    Object sum = 0L;
    for (Object each : list) {
      sum =
          switch (each) {
            case Long whole -> (sum instanceof Long so ? so : 0L) + whole;
            case Double real -> (sum instanceof Double so ? so : 0.0) + real;
            case Duration span -> (sum instanceof Duration so ? so : Duration.ZERO).plus(span);
            default -> throw new IllegalArgumentException("no sum of " + each.getClass());
          };
    }
    return sum;
  }

  private static int compare(Object one, Object other) {
    return switch (one) {
      case Long left when other instanceof Long right -> left.compareTo(right);
      case Double left when other instanceof Double right -> left.compareTo(right);
      case String left when other instanceof String right -> left.compareTo(right);
      case Boolean left when other instanceof Boolean right -> left.compareTo(right);
      case Duration left when other instanceof Duration right -> left.compareTo(right);
      case Instant left when other instanceof Instant right -> left.compareTo(right);
      default -> throw new IllegalArgumentException(one + " and " + other + " cannot be compared");
    };
  }
}
