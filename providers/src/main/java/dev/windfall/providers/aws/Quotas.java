package dev.windfall.providers.aws;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many vCPUs of spot capacity an account may run, by class of machines. AWS names the classes
 * in the names of the quotas: {@code All G and VT Spot Instance Requests}, {@code All P4, P3 and P2
 * Spot Instance Requests}.
 */
final class Quotas {
  private static final Pattern NAME = Pattern.compile("All (.{1,60}) Spot Instance Requests");
  private static final Pattern CLASS = Pattern.compile("[A-Z][A-Za-z]*[0-9]*");
  private static final Pattern FAMILY = Pattern.compile("([a-z]+)([0-9]*).*");

  private final Map<String, Quota> byClass;

  /** One quota. */
  record Quota(String name, double vcpus) {}

  private Quotas(Map<String, Quota> byClass) {
    this.byClass = byClass;
  }

  static Quotas of(List<Quota> all) {
    Map<String, Quota> byClass = new TreeMap<>();
    for (Quota quota : all) {
      Matcher name = NAME.matcher(quota.name());
      if (name.matches()) {
        Matcher one = CLASS.matcher(name.group(1));
        while (one.find()) {
          byClass.put(one.group().toUpperCase(Locale.ROOT), quota);
        }
      }
    }
    return new Quotas(byClass);
  }

  /** Why a spot machine of this size cannot be had in {@code region}; empty when it can. */
  Optional<String> against(Machine machine, String region) {
    return of(machine.family())
        .filter(quota -> machine.cpu() > quota.vcpus())
        .map(quota ->
            "has %d vCPUs, more than the %.0f that the service quota \"%s\" allows in %s"
                .formatted(machine.cpu(), quota.vcpus(), quota.name(), region));
  }

  /** The quota that counts a family: P5 has one of its own, where P has one for the others. */
  private Optional<Quota> of(String family) {
    Matcher parts = FAMILY.matcher(family.toLowerCase(Locale.ROOT));
    if (!parts.matches()) {
      return Optional.empty();
    }
    String letters = parts.group(1).toUpperCase(Locale.ROOT);
    List<String> classes = new ArrayList<>();
    classes.add(letters + parts.group(2));
    classes.add(letters);
    // gr6 is a g6 with more memory.
    classes.add(letters.substring(0, 1));
    return classes.stream()
        .filter(byClass::containsKey)
        .findFirst()
        .map(name -> java.util.Objects.requireNonNull(byClass.get(name)));
  }
}
