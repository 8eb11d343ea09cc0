package dev.windfall.market;

import dev.windfall.market.Ranking.Ranked;
import dev.windfall.policies.NodeTerms;
import dev.windfall.policies.Request;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Short ways to ask for a ranking and to read one. */
final class Ranks {
  private Ranks() {}

  static Criteria everything(Demand demand) {
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
        Criteria.DEFAULT_QUOTE_AGE,
        demand,
        Request.LOST_WORK,
        NodeTerms.ANY);
  }

  static Ranking all(PriceBook book) {
    return Rank.rank(Criteria.everything(), book, Offers.NOW);
  }

  static List<String> types(List<Ranked> order) {
    return order.stream().map(ranked -> ranked.offer().key().instanceType()).toList();
  }

  static List<OfferKey> keys(List<Ranked> order) {
    return order.stream().map(ranked -> ranked.offer().key()).toList();
  }
}
