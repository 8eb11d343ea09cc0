package dev.windfall.market;

import dev.windfall.policies.Capacity;
import java.util.Comparator;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one quota of a provider covers. A launch that exceeds it says the same of every offer in it.
 *
 * <p>AWS counts virtual CPUs by classes of families, for spot and on-demand capacity apart, in each
 * region: G and VT together, P4, P3 and P2 together, later P by generation. Elsewhere a family is
 * taken for a class: too few offers are passed over then, and each says so itself.
 *
 * @param machines the class
 */
public record Quota(String provider, String region, String machines, Capacity capacity)
    implements Comparable<Quota> {
  private static final Pattern FAMILY = Pattern.compile("([a-z]+)([0-9]*).*");

  /** From here on each generation of P is a class of its own. */
  private static final int P_ALONE = 5;

  private static final Comparator<Quota> ORDER =
      Comparator.comparing(Quota::provider)
          .thenComparing(Quota::region)
          .thenComparing(Quota::machines)
          .thenComparing(Quota::capacity);

  /** The quota that {@code offer} counts for. */
  public static Quota of(Offer offer) {
    return new Quota(offer.provider(), offer.region(), machines(offer), offer.key().capacity());
  }

  private static String machines(Offer offer) {
    Matcher family = FAMILY.matcher(offer.family().toLowerCase(Locale.ROOT));
    if (!offer.provider().equals("aws") || !family.matches()) {
      return offer.family();
    }
    String letters = family.group(1);
    if (letters.startsWith("g") || letters.equals("vt")) {
      return "G and VT";
    }
    boolean generation = family.group(2).matches("[0-9]{1,3}");
    if (letters.equals("p") && generation) {
      int number = Integer.parseInt(family.group(2));
      return number < P_ALONE ? "P4, P3 and P2" : "P" + number;
    }
    return letters.toUpperCase(Locale.ROOT);
  }

  @Override
  public int compareTo(Quota other) {
    return ORDER.compare(this, other);
  }

  /** As in: the quota for spot G and VT machines in eu-central-1. */
  @Override
  public String toString() {
    return "the quota for %s %s machines in %s".formatted(capacity, machines, region);
  }
}
