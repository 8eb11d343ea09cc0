package dev.windfall.policies;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

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
    Optional<AfterMaxWait> afterMaxWait) {

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
    List<Section> documents = Document.readAll(file, text);
    List<SpotPolicy> policies =
        documents.stream()
            .map(document -> read(document, Optional.of(file)))
            .flatMap(Optional::stream)
            .toList();
    Section.orThrow(documents);
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
    Section spec = document.section("spec");
    int priority = spec.value("priority", Shape.integer(-1_000_000, 1_000_000), 0);
    Selector namespaces = Selector.read(spec.section("namespaceSelector"));
    Selector pods = Selector.read(spec.section("podSelector"));
    Wish defaults = Wish.read(spec.section("defaults"));
    Bounds bounds = Bounds.read(spec.section("bounds"));
    Enforcement enforcement =
        spec.value("enforcement", Shape.oneOf(Enforcement.values()), Enforcement.WARN);
    Optional<WhenNothingFits> whenNothingFits =
        spec.value("whenNothingFits", Shape.oneOf(WhenNothingFits.values()));
    Optional<Duration> maxWait = spec.value("maxWait", MAX_WAIT, Optional.empty());
    Optional<AfterMaxWait> afterMaxWait =
        spec.value("afterMaxWait", Shape.oneOf(AfterMaxWait.values()));
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
                afterMaxWait))
        : Optional.empty();
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
