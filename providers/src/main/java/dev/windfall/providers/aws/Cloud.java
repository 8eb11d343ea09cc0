package dev.windfall.providers.aws;

import dev.windfall.policies.Usd;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import software.amazon.awssdk.services.ec2.model.CapacityReservation;
import software.amazon.awssdk.services.ec2.model.CapacityReservationState;
import software.amazon.awssdk.services.ec2.model.CapacityReservationTenancy;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.LocationType;
import software.amazon.awssdk.services.ec2.model.SpotPrice;
import software.amazon.awssdk.services.ec2.model.TargetCapacityUnitType;
import software.amazon.awssdk.services.pricing.model.FilterType;
import software.amazon.awssdk.services.pricing.model.GetProductsRequest;

/**
 * AWS's answers for one region, each read to its last page or not at all. Belongs to one thread.
 */
final class Cloud implements AutoCloseable {
  private static final String LINUX = "Linux/UNIX";
  private static final int PAGE = 1000;
  private static final int SMALL_PAGE = 100;

  /** How many values a filter of EC2 may have. */
  private static final int MOST_VALUES = 200;

  /** More pages than any answer has: one that never ends. */
  private static final int MOST_PAGES = 200;

  private final String region;
  private final Clients clients;
  private final Bucket bucket;

  Cloud(String region, Clients clients, Bucket bucket) {
    this.region = region;
    this.clients = clients;
    this.bucket = bucket;
  }

  /** The machines with whole GPUs, by type. */
  Map<String, Machine> machines() {
    Map<String, Machine> machines = new TreeMap<>();
    pages(
        clients.ec2.describeInstanceTypesPaginator(ask -> ask.maxResults(SMALL_PAGE)),
        page ->
            page.instanceTypes().stream()
                .flatMap(info -> Machine.of(info).stream())
                .forEach(machine -> machines.put(machine.type(), machine)));
    if (machines.isEmpty()) {
      throw new UnusableAnswerException("names no type with a GPU in " + region);
    }
    return machines;
  }

  /** The ids of the zones, by name. */
  Map<String, String> zones() {
    bucket.take();
    Map<String, String> zones = new TreeMap<>();
    clients
        .ec2
        .describeAvailabilityZones()
        .availabilityZones()
        .forEach(zone -> zones.put(zone.zoneName(), zone.zoneId()));
    if (zones.isEmpty()) {
      throw new UnusableAnswerException("names no zone in " + region);
    }
    return zones;
  }

  /** Where the types are offered. */
  Set<Place> offerings(Collection<String> types) {
    Set<Place> places = new HashSet<>();
    for (List<String> some : inParts(types)) {
      pages(
          clients.ec2.describeInstanceTypeOfferingsPaginator(ask ->
              ask.locationType(LocationType.AVAILABILITY_ZONE)
                  .filters(Filter.builder().name("instance-type").values(some).build())
                  .maxResults(PAGE)),
          page ->
              page.instanceTypeOfferings()
                  .forEach(
                      one -> places.add(new Place(one.instanceTypeAsString(), one.location()))));
    }
    if (places.isEmpty()) {
      throw new UnusableAnswerException("names no zone of any GPU type in " + region);
    }
    return places;
  }

  /** The changes of spot prices since then. */
  List<SpotPrices.Line> spotPrices(List<String> types, Instant since) {
    List<SpotPrices.Line> lines = new ArrayList<>();
    if (types.isEmpty()) {
      // Without a type the question would be about all of them.
      return lines;
    }
    pages(
        clients.ec2.describeSpotPriceHistoryPaginator(ask ->
            ask.instanceTypesWithStrings(types)
                .productDescriptions(LINUX)
                .startTime(since)
                .maxResults(PAGE)),
        page -> page.spotPriceHistory().forEach(price -> lines.add(line(price))));
    return lines;
  }

  private static SpotPrices.Line line(SpotPrice price) {
    if (price.instanceTypeAsString() == null
        || price.availabilityZone() == null
        || price.timestamp() == null
        || price.spotPrice() == null) {
      throw new UnusableAnswerException("gives a price without its type, zone or time");
    }
    return new SpotPrices.Line(
        new Place(price.instanceTypeAsString(), price.availabilityZone()),
        price.spotPrice(),
        price.timestamp());
  }

  /** How likely each zone has spot capacity, 1 to 10, by zone id. */
  Map<String, Integer> scores(Scores.Question question) {
    Map<String, Integer> scores = new HashMap<>();
    pages(
        clients.ec2.getSpotPlacementScoresPaginator(ask ->
            ask.instanceTypes(question.types())
                .targetCapacity(question.nodes())
                .targetCapacityUnitType(TargetCapacityUnitType.UNITS)
                .singleAvailabilityZone(true)
                .regionNames(region)),
        page ->
            page.spotPlacementScores().stream()
                .filter(one -> one.availabilityZoneId() != null && one.score() != null)
                .filter(one -> one.score() >= 1 && one.score() <= 10)
                .forEach(one -> scores.put(one.availabilityZoneId(), one.score())));
    return scores;
  }

  /** Where capacity that is paid for is free. */
  Set<Place> reservations() {
    Set<Place> free = new HashSet<>();
    pages(
        clients.ec2.describeCapacityReservationsPaginator(ask ->
            ask.filters(
                    Filter.builder()
                        .name("state")
                        .values(CapacityReservationState.ACTIVE.toString())
                        .build())
                .maxResults(PAGE)),
        page ->
            page.capacityReservations().stream()
                .filter(Cloud::usable)
                .forEach(one -> free.add(new Place(one.instanceType(), one.availabilityZone()))));
    return free;
  }

  private static boolean usable(CapacityReservation one) {
    return one.state() == CapacityReservationState.ACTIVE
        && LINUX.equals(one.instancePlatformAsString())
        && one.tenancy() != CapacityReservationTenancy.DEDICATED
        && one.instanceType() != null
        && one.availabilityZone() != null
        && one.availableInstanceCount() != null
        && one.availableInstanceCount() > 0;
  }

  /** What the types cost on demand. */
  Map<String, Usd> listPrices(Collection<String> types) {
    PriceList list = new PriceList();
    for (String value : PriceList.values(types)) {
      GetProductsRequest ask =
          GetProductsRequest.builder()
              .serviceCode("AmazonEC2")
              .filters(
                  equal("regionCode", region),
                  equal("operatingSystem", "Linux"),
                  equal("tenancy", "Shared"),
                  equal("preInstalledSw", "NA"),
                  equal("capacitystatus", "Used"),
                  filter(FilterType.ANY_OF, "instanceType", value))
              .maxResults(SMALL_PAGE)
              .build();
      pages(clients.pricing.getProductsPaginator(ask), page -> page.priceList().forEach(list::add));
    }
    if (list.prices().isEmpty()) {
      throw new UnusableAnswerException("names no price of any GPU type in " + region);
    }
    return list.prices();
  }

  private static software.amazon.awssdk.services.pricing.model.Filter equal(
      String field, String value) {
    return filter(FilterType.TERM_MATCH, field, value);
  }

  private static software.amazon.awssdk.services.pricing.model.Filter filter(
      FilterType type, String field, String value) {
    return software.amazon.awssdk.services.pricing.model.Filter.builder()
        .type(type)
        .field(field)
        .value(value)
        .build();
  }

  /** How much spot capacity the account may have. */
  Quotas quotas() {
    List<Quotas.Quota> all = new ArrayList<>();
    pages(
        clients.quotas.listServiceQuotasPaginator(
            ask -> ask.serviceCode("ec2").maxResults(SMALL_PAGE)),
        page ->
            page.quotas().stream()
                .filter(one -> one.quotaName() != null && one.value() != null)
                .forEach(one -> all.add(new Quotas.Quota(one.quotaName(), one.value()))));
    return Quotas.of(all);
  }

  /** Each page is a call, and costs a token. */
  private <P> void pages(Iterable<P> all, Consumer<P> each) {
    Iterator<P> pages = all.iterator();
    for (int read = 0; pages.hasNext(); read++) {
      if (read == MOST_PAGES) {
        throw new UnusableAnswerException("gives page after page and does not end");
      }
      bucket.take();
      each.accept(pages.next());
    }
  }

  private static List<List<String>> inParts(Collection<String> values) {
    List<String> all = List.copyOf(values);
    List<List<String>> parts = new ArrayList<>();
    for (int from = 0; from < all.size(); from += MOST_VALUES) {
      parts.add(all.subList(from, Math.min(all.size(), from + MOST_VALUES)));
    }
    return parts;
  }

  @Override
  public void close() {
    clients.close();
  }
}
