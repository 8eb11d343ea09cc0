package dev.windfall.policies;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Who may ask for what, and what holds for pods that say nothing. The resource {@code SpotPolicy}
 * of {@code windfall.dev/v1alpha1}, cluster-scoped, or the same document in a file; its fields are
 * explained in the custom resource definition.
 *
 * @param name a DNS label
 * @param file where it stands; empty: it is an object of the cluster
 * @param priority of two policies the higher one's defaults count
 * @param namespaces in which it holds
 * @param pods for which it holds there
 * @param defaults for pods that do not say, in namespaces that do not say
 * @param bounds that hold whatever they say
 * @param enforcement what becomes of a pod that is over a bound
 * @param whenNothingFits what becomes of a pod whose wish no offer meets now; empty: it says
 *     nothing
 * @param maxWait after which {@code afterMaxWait} holds; empty: it says nothing
 * @param afterMaxWait empty: it says nothing
 * @param assignBursts whether pods that come together are given their machines together; empty: it
 *     says nothing
 */
public record SpotPolicy(
    String name,
    Optional<String> file,
    int priority,
    Selector namespaces,
    Selector pods,
    Wish defaults,
    Bounds bounds,
    Enforcement enforcement,
    Optional<WhenNothingFits> whenNothingFits,
    Optional<Duration> maxWait,
    Optional<AfterMaxWait> afterMaxWait,
    Optional<Boolean> assignBursts) {

  /** The {@code kind} of such a document. */
  public static final String KIND = "SpotPolicy";

  /** What becomes of a pod that is over a bound, or says what cannot be read. */
  public enum Enforcement {
    /** It is lowered, and told so. What cannot be lowered is told only. */
    WARN("Warn"),
    /** It is refused. */
    DENY("Deny");

    private final String text;

    Enforcement(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** What becomes of a pod whose wish no offer meets now. */
  public enum WhenNothingFits {
    /** It waits behind the gate. */
    WAIT("Wait"),
    /** It is refused. */
    DENY("Deny");

    private final String text;

    WhenNothingFits(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** What becomes of a pod that has waited for too long. None is ever deleted. */
  public enum AfterMaxWait {
    /** It goes on waiting, and says so. */
    HOLD("Hold"),
    /** Its cap no longer holds; bounds do. */
    FALLBACK("Fallback");

    private final String text;

    AfterMaxWait(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private static final Shape<String> NAME =
      Shape.matching(
          "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
          "must be at most 63 lower-case letters, digits and dashes");

  private static final Shape<Optional<Duration>> MAX_WAIT =
      text ->
          text.isEmpty() ? Optional.empty() : Optional.of(Shape.DURATION_OF_TEN_YEARS.read(text));

  /**
   * Reads a file, in which several may stand, each a document of its own.
   *
   * @throws UnreadableException with every problem there is; then none of them counts
   */
  public static List<SpotPolicy> readAll(String file, String text) {
    return readAll(Map.of(file, text));
  }

  /**
   * Reads files whose policies are one set, in which no name stands twice.
   *
   * @param texts by file
   * @throws UnreadableException with every problem there is; then none of them counts
   */
  public static List<SpotPolicy> readAll(Map<String, String> texts) {
    List<SpotPolicy> policies = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    Names names = new Names();
    new TreeMap<>(texts)
        .forEach((file, text) -> {
          try {
            for (Section document : Document.readResources(file, text)) {
              Optional<SpotPolicy> policy = read(document, Optional.of(file));
              policy.ifPresent(policies::add);
              names.claim(document, KIND, file);
              problems.addAll(document.problems());
            }
          } catch (UnreadableException e) {
            problems.addAll(e.problems());
          }
        });
    if (!problems.isEmpty()) {
      throw new UnreadableException(problems);
    }
    return policies;
  }

  /**
   * Reads a SpotPolicy that the cluster holds.
   *
   * @param name for the problems' sake
   * @throws UnreadableException with every problem there is
   */
  public static SpotPolicy readObject(String name, String json) {
    Section document = Document.readObject("spotpolicy \"" + name + "\"", json);
    Optional<SpotPolicy> policy = read(document, Optional.empty());
    document.orThrow();
    return policy.orElseThrow();
  }

  /** Reads one document; empty when it has problems, which are then in {@code document}. */
  static Optional<SpotPolicy> read(Section document, Optional<String> file) {
    document.required("apiVersion", Shape.oneOf("windfall.dev/v1alpha1"));
    document.required("kind", Shape.oneOf(KIND));
    document.ignore("status");
    Optional<String> name = document.section("metadata").required("name", NAME);
    if (!document.has("spec")) {
      document.reject("spec", "field \"spec\" is missing");
    }
    Section spec = document.section("spec");
    int priority = spec.value("priority", Shape.integer(-1_000_000, 1_000_000), 0);
    Selector namespaces = Selector.read(spec.section("namespaceSelector"));
    Selector pods = Selector.read(spec.section("podSelector"));
    Section defaultsSection = spec.section("defaults");
    Wish defaults = Wish.read(defaultsSection);
    Bounds bounds = Bounds.read(spec.section("bounds"));
    Enforcement enforcement =
        spec.value("enforcement", Shape.oneOf(Enforcement.values()), Enforcement.WARN);
    Optional<WhenNothingFits> whenNothingFits =
        spec.value("whenNothingFits", Shape.oneOf(WhenNothingFits.values()));
    Optional<Duration> maxWait = spec.value("maxWait", MAX_WAIT, Optional.empty());
    Optional<AfterMaxWait> afterMaxWait =
        spec.value("afterMaxWait", Shape.oneOf(AfterMaxWait.values()));
    Optional<Boolean> assignBursts = spec.value("assignBursts", Shape.FLAG);
    refuseDefaultsBeyond(bounds, defaults, defaultsSection);
    if (afterMaxWait.isPresent()
        && maxWait.isEmpty()
        && !(spec.has("maxWait") && afterMaxWait.get() == AfterMaxWait.HOLD)) {
      spec.reject(
          "afterMaxWait",
          "afterMaxWait \""
              + afterMaxWait.get()
              + "\" says what happens after maxWait, which is"
              + " missing; set it, such as maxWait: 2h");
    }
    if (maxWait.isPresent() && whenNothingFits.equals(Optional.of(WhenNothingFits.DENY))) {
      spec.reject(
          "maxWait",
          "whenNothingFits \"Deny\" refuses a pod at once, so it never waits for maxWait; leave"
              + " one of them out");
    }
    spec.refuseUnknown();
    document.refuseUnknown();
    return document.clean()
        ? Optional.of(
            new SpotPolicy(
                name.orElseThrow(),
                file,
                priority,
                namespaces,
                pods,
                defaults,
                bounds,
                enforcement,
                whenNothingFits,
                maxWait,
                afterMaxWait,
                assignBursts))
        : Optional.empty();
  }

  /** A policy that lowers its own defaults was not meant so. */
  private static void refuseDefaultsBeyond(Bounds bounds, Wish defaults, Section section) {
    defaults
        .maxPricePerGpu()
        .filter(cap -> bounds.maxPricePerGpu().filter(most -> cap.compareTo(most) > 0).isPresent())
        .ifPresent(cap ->
            section.reject(
                "maxPricePerGpu",
                "maxPricePerGpu \"%s\" must not be above bounds.maxPricePerGpu \"%s\""
                    .formatted(cap, bounds.maxPricePerGpu().orElseThrow())));
    defaults.providers().stream()
        .flatMap(List::stream)
        .filter(name -> !bounds.providers().isEmpty() && !bounds.providers().contains(name))
        .forEach(name ->
            section.reject(
                "providers",
                "providers \"%s\" must be among bounds.providers, %s"
                    .formatted(name, String.join(", ", bounds.providers()))));
  }

  /** Whether it makes no difference to any pod. */
  boolean silent() {
    return defaults.equals(Wish.NOTHING)
        && bounds.equals(Bounds.NONE)
        && enforcement == Enforcement.WARN
        && whenNothingFits.isEmpty()
        && maxWait.isEmpty()
        && afterMaxWait.isEmpty()
        && assignBursts.isEmpty();
  }

  /** Whether what is over its bounds is refused. */
  public boolean denies() {
    return enforcement == Enforcement.DENY;
  }

  /** Whether it holds for a pod with these labels in {@code namespace}. */
  public boolean holdsFor(Namespace namespace, Pod pod) {
    return namespaces.matches(namespace.labels()) && pods.matches(pod.labels());
  }
}
