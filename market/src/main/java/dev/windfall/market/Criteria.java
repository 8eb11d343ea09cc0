package dev.windfall.market;

import dev.windfall.policies.Capacity;
import dev.windfall.policies.Memory;
import dev.windfall.policies.NodeTerms;
import dev.windfall.policies.Request;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Usd;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What an offer must be to be ranked, whoever asks: a pool, a pod, a person. An empty list, set or
 * option allows any.
 *
 * @param families exact families
 * @param minGpus GPUs of the machine
 * @param minGpuMemory of each GPU
 * @param maxPricePerGpu for each GPU that would be used
 * @param minPlacementScore an unknown score passes
 * @param maxQuoteAge the age from which a price does not count
 * @param demand decides how many GPUs would be used
 * @param lostWork how much work an interruption throws away
 * @param nodes which nodes will do
 */
public record Criteria(
    List<String> providers,
    Optional<String> region,
    List<String> zones,
    List<String> families,
    List<String> models,
    int minGpus,
    int maxGpus,
    Optional<Memory> minGpuMemory,
    Set<Capacity> capacities,
    Optional<Usd> maxPricePerGpu,
    int minPlacementScore,
    Duration maxQuoteAge,
    Demand demand,
    Duration lostWork,
    NodeTerms nodes) {

  /** The age from which a price does not count where no pool says otherwise. */
  public static final Duration DEFAULT_QUOTE_AGE = Duration.ofHours(1);

  public Criteria {
    providers = List.copyOf(providers);
    zones = List.copyOf(zones);
    families = List.copyOf(families);
    models = List.copyOf(models);
    capacities = Set.copyOf(capacities);
  }

  /** Everything the market has, each machine with all its GPUs. */
  public static Criteria everything() {
    return everything(Demand.whole());
  }

  /** Everything the market has for {@code demand}. */
  public static Criteria everything(Demand demand) {
    return new Criteria(
        List.of(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(),
        1,
        Integer.MAX_VALUE,
        Optional.empty(),
        Set.of(),
        Optional.empty(),
        1,
        DEFAULT_QUOTE_AGE,
        demand,
        Request.LOST_WORK,
        NodeTerms.ANY);
  }

  /** What {@code pool} may buy for {@code demand}. */
  public static Criteria of(SpotPool pool, Demand demand) {
    return new Criteria(
        List.of(pool.provider()),
        Optional.of(pool.region()),
        List.of(),
        pool.families(),
        pool.gpu().models(),
        pool.gpu().minCount(),
        pool.gpu().maxCount(),
        pool.gpu().minMemory(),
        pool.capacities(),
        pool.maxPricePerGpu(),
        pool.minPlacementScore(),
        pool.ranking().maxQuoteAge(),
        demand,
        Request.LOST_WORK,
        NodeTerms.ANY);
  }

  /** What a pod may run on. */
  public static Criteria of(Request request, Duration maxQuoteAge) {
    return new Criteria(
        request.providers(),
        Optional.empty(),
        request.zones(),
        List.of(),
        request.gpuModels(),
        1,
        Integer.MAX_VALUE,
        request.minGpuMemory(),
        request.capacities(),
        request.maxPricePerGpu(),
        1,
        maxQuoteAge,
        Demand.pod(request.gpus()),
        request.lostWork(),
        request.own());
  }

  /** The same, at any price. */
  public Criteria withoutCap() {
    return with(Optional.empty(), minPlacementScore, maxQuoteAge);
  }

  /** The same, however old a price is. */
  Criteria atAnyAge() {
    return with(maxPricePerGpu, minPlacementScore, ChronoUnit.FOREVER.getDuration());
  }

  /** The same, whatever the placement score. */
  Criteria atAnyScore() {
    return with(maxPricePerGpu, 1, maxQuoteAge);
  }

  private Criteria with(Optional<Usd> cap, int score, Duration quoteAge) {
    return new Criteria(
        providers,
        region,
        zones,
        families,
        models,
        minGpus,
        maxGpus,
        minGpuMemory,
        capacities,
        cap,
        score,
        quoteAge,
        demand,
        lostWork,
        nodes);
  }
}
