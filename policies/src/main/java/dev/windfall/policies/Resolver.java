package dev.windfall.policies;

import dev.windfall.policies.Resolution.Reason;
import dev.windfall.policies.Resolution.Strict;
import dev.windfall.policies.Resolution.Waiting;
import dev.windfall.policies.SpotPolicy.AfterMaxWait;
import dev.windfall.policies.SpotPolicy.WhenNothingFits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Resolves one pod's wish; {@link Resolution} says by which rules. */
final class Resolver {
  private final Pod pod;
  private final List<SpotPolicy> policies;
  private final Annotations own;
  private final Annotations ofNamespace;

  /** Those who say something, whoever counts first. */
  private final List<Voice> voices = new ArrayList<>();

  private final Bounds bounds;
  private final List<Reason> reasons = new ArrayList<>();
  private final List<String> refusals = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  /**
   * Somebody who says something.
   *
   * @param asks whether it asks, and may ask for too much; a default does not
   */
  private record Voice(String by, Wish wish, boolean asks) {}

  /** What counts, and who said it. */
  private record Said<T>(T value, Voice voice) {}

  Resolver(Pod pod, Namespace namespace, Policies inForce) {
    this.pod = pod;
    this.policies = inForce.holding(namespace, pod);
    this.own = new Annotations(pod.annotations(), "");
    String named = "namespace \"" + namespace.name() + "\"";
    this.ofNamespace = new Annotations(namespace.annotations(), named + ": ");
    voices.add(new Voice("annotation", own.wish(), true));
    voices.add(new Voice(named, ofNamespace.wish(), true));
    policies.forEach(policy -> voices.add(new Voice(spoken(policy), policy.defaults(), false)));
    this.bounds = policies.stream().map(SpotPolicy::bounds).reduce(Bounds.NONE, Bounds::and);
  }

  Resolution resolve() {
    readAnnotations();
    countGpus();
    Optional<Spot> spot = said(Wish::spot).map(said -> because(Keys.SPOT, said));
    Optional<Request> request = Optional.empty();
    boolean doNotDisrupt = false;
    if (spot.isPresent() || bounds.holdNodes()) {
      request = Optional.of(request(spot.orElse(Spot.PREFER)));
      doNotDisrupt =
          said(Wish::doNotDisrupt).map(said -> because(Keys.DO_NOT_DISRUPT, said)).orElse(false);
    } else if (!pod.annotations().containsKey(Keys.SPOT)) {
      Annotations.WISHES.stream()
          .filter(key -> !key.equals(Keys.SPOT) && !key.equals(Keys.LOST_WORK))
          .filter(pod.annotations()::containsKey)
          .sorted()
          .forEach(key -> warnings.add(key + " has no effect without " + Keys.SPOT));
    }
    return new Resolution(
        request,
        bounds,
        strict(),
        waiting(),
        doNotDisrupt,
        first(SpotPolicy::assignBursts).orElse(false),
        policies.stream().map(SpotPolicy::name).distinct().toList(),
        reasons,
        refusals,
        warnings);
  }

  Duration lostWork() {
    return said(Wish::lostWork).map(Said::value).orElse(Request.LOST_WORK);
  }

  private void readAnnotations() {
    warnings.addAll(own.unknown());
    warnings.addAll(ofNamespace.unknown());
    Optional<SpotPolicy> strict = policies.stream().filter(SpotPolicy::denies).findFirst();
    Stream.concat(own.unreadable().stream(), ofNamespace.unreadable().stream())
        .forEach(problem -> {
          if (strict.isPresent()) {
            refusals.add(problem + "; " + spoken(strict.get()) + " refuses what cannot be read");
          } else {
            warnings.add(problem + "; it is ignored");
          }
        });
  }

  private void countGpus() {
    for (SpotPolicy policy : policies) {
      policy
          .bounds()
          .maxGpusPerPod()
          .ifPresent(most -> {
            if (pod.gpus() > most) {
              over(
                  policy,
                  "the pod asks for " + pod.gpus() + (pod.gpus() == 1 ? " GPU" : " GPUs"),
                  most + " at most",
                  "");
            }
          });
    }
  }

  private Request request(Spot spot) {
    checkOnDemand(spot);
    Optional<Said<Usd>> cap = said(Wish::maxPricePerGpu);
    if (spot == Spot.NEVER && cap.isPresent()) {
      if (cap.get().voice().asks()) {
        warnings.add(
            "%s has no effect with %s \"%s\""
                .formatted(
                    Keys.MAX_PRICE_PER_GPU,
                    Keys.SPOT,
                    pod.annotations().getOrDefault(Keys.SPOT, spot.toString())));
      }
      cap = Optional.empty();
    }
    return new Request(
        pod.gpus(),
        spot,
        bounds.onDemand(),
        capped(cap),
        names(Keys.GPU_MODELS, Wish::gpuModels),
        said(Wish::minGpuMemory).map(said -> because(Keys.MIN_GPU_MEMORY, said)),
        providers(said(Wish::providers)),
        names(Keys.ZONES, Wish::zones),
        said(Wish::lostWork).map(said -> because(Keys.LOST_WORK, said)).orElse(Request.LOST_WORK),
        pod.own());
  }

  private List<String> names(String key, Function<Wish, Optional<List<String>>> field) {
    return said(field)
        .filter(said -> !said.value().isEmpty())
        .map(said -> because(key, said))
        .orElse(List.of());
  }

  private void checkOnDemand(Spot spot) {
    if (spot != Spot.NEVER || said(Wish::spot).filter(said -> said.voice().asks()).isEmpty()) {
      return;
    }
    for (SpotPolicy policy : policies) {
      if (!policy.bounds().onDemand()) {
        over(
            policy,
            Keys.SPOT + " \"never\" asks for on-demand capacity",
            "none",
            "; reserved and owned nodes remain");
      }
    }
  }

  private Optional<Usd> capped(Optional<Said<Usd>> asked) {
    for (SpotPolicy policy : policies) {
      Optional<Usd> most = policy.bounds().maxPricePerGpu();
      if (asked.isPresent()
          && asked.get().voice().asks()
          && most.isPresent()
          && asked.get().value().compareTo(most.get()) > 0) {
        over(
            policy,
            Keys.MAX_PRICE_PER_GPU + " \"" + asked.get().value() + "\" asks for too much",
            most.get() + " at most",
            "; it is lowered");
      }
    }
    Optional<Usd> most = bounds.maxPricePerGpu();
    boolean lowered =
        most.isPresent() && asked.filter(a -> a.value().compareTo(most.get()) <= 0).isEmpty();
    if (lowered) {
      policies.stream()
          .filter(policy -> policy.bounds().maxPricePerGpu().equals(most))
          .findFirst()
          .ifPresent(policy ->
              reasons.add(
                  new Reason(
                      Annotations.CAP, most.get().toString(), "the bound of " + spoken(policy))));
      return most;
    }
    return asked.map(said -> because(Keys.MAX_PRICE_PER_GPU, said));
  }

  private List<String> providers(Optional<Said<List<String>>> asked) {
    List<String> names = asked.map(Said::value).orElse(List.of());
    boolean asks = asked.filter(said -> said.voice().asks()).isPresent();
    for (SpotPolicy policy : policies) {
      List<String> allowed = policy.bounds().providers();
      if (asks && !allowed.isEmpty() && !names.isEmpty() && !allowed.containsAll(names)) {
        over(
            policy,
            Keys.PROVIDERS + " \"" + String.join(",", names) + "\" asks for too much",
            String.join(", ", allowed),
            "; it is lowered");
      } else if (!allowed.isEmpty() && !allowed.containsAll(bounds.providers())) {
        over(policy, "the policies for this pod allow no provider in common", "others", "");
      }
    }
    List<String> allowed = Bounds.common(names, bounds.providers()).orElse(bounds.providers());
    if (!allowed.isEmpty() && allowed.equals(names)) {
      asked.ifPresent(said -> because(Keys.PROVIDERS, said));
    } else {
      policies.stream()
          .filter(policy -> !policy.bounds().providers().isEmpty())
          .findFirst()
          .ifPresent(policy ->
              reasons.add(
                  new Reason(
                      Annotations.bare(Keys.PROVIDERS),
                      String.join(",", allowed),
                      "the bound of " + spoken(policy))));
    }
    return allowed;
  }

  /** Says that {@code what} is more than {@code policy} allows, and refuses it if that does. */
  private void over(SpotPolicy policy, String what, String allowed, String lowered) {
    String sentence = what + "; " + spoken(policy) + " allows " + allowed;
    if (policy.denies()) {
      refusals.add(sentence);
    } else {
      warnings.add(sentence + (lowered.isEmpty() ? "; it only warns" : lowered));
    }
  }

  private Optional<Strict> strict() {
    List<SpotPolicy> strict =
        policies.stream().filter(policy -> policy.denies() && policy.bounds().holdNodes()).toList();
    return strict.stream()
        .map(SpotPolicy::bounds)
        .reduce(Bounds::and)
        .map(together -> new Strict(strict.getFirst().name(), together));
  }

  private Waiting waiting() {
    Optional<SpotPolicy> decides =
        policies.stream().filter(policy -> policy.whenNothingFits().isPresent()).findFirst();
    return new Waiting(
        decides
            .filter(policy -> policy.whenNothingFits().equals(Optional.of(WhenNothingFits.DENY)))
            .map(SpotPolicy::name),
        first(SpotPolicy::maxWait),
        first(SpotPolicy::afterMaxWait).equals(Optional.of(AfterMaxWait.FALLBACK)));
  }

  private <T> Optional<T> first(Function<SpotPolicy, Optional<T>> field) {
    return policies.stream().map(field).flatMap(Optional::stream).findFirst();
  }

  private <T> Optional<Said<T>> said(Function<Wish, Optional<T>> field) {
    for (Voice voice : voices) {
      Optional<T> value = field.apply(voice.wish());
      if (value.isPresent()) {
        return Optional.of(new Said<>(value.get(), voice));
      }
    }
    return Optional.empty();
  }

  private <T> T because(String key, Said<T> said) {
    String value =
        said.value() instanceof List<?> list
            ? String.join(",", list.stream().map(Object::toString).toList())
            : said.value() instanceof Duration duration
                ? Durations.text(duration)
                : said.value().toString();
    reasons.add(new Reason(Annotations.bare(key), value, said.voice().by()));
    return said.value();
  }

  private static String spoken(SpotPolicy policy) {
    return "policy \"" + policy.name() + "\"";
  }
}
