package dev.windfall.kind.ec2;

import dev.windfall.kind.ec2.Pages.Page;
import dev.windfall.kind.ec2.Region.Price;
import dev.windfall.kind.ec2.Region.Reservation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What EC2 answers, action by action, in the XML of its Query protocol. */
final class QueryAnswers {
  private record Offering(String type, String zone) {}

  private final Pages pages;

  QueryAnswers(Pages pages) {
    this.pages = pages;
  }

  String answer(Asked asked, Region region) {
    Xml xml = new Xml();
    switch (asked.action()) {
      case "DescribeInstanceTypes" -> instanceTypes(asked, region, xml);
      case "DescribeAvailabilityZones" -> zones(region, xml);
      case "DescribeInstanceTypeOfferings" -> offerings(asked, region, xml);
      case "DescribeSpotPriceHistory" -> prices(asked, region, xml);
      case "GetSpotPlacementScores" -> scores(asked, region, xml);
      case "DescribeCapacityReservations" -> reservations(asked, region, xml);
      default ->
          throw new Refusal(
              400,
              "InvalidAction",
              "The action " + asked.action() + " is not valid for this web service.");
    }
    return xml.answer(asked.action());
  }

  private void instanceTypes(Asked asked, Region region, Xml xml) {
    Page<Machine> page = pages.cut(region.machines(), asked.one("NextToken"));
    xml.items("instanceTypeSet", page.items(), QueryAnswers::machine);
    next(xml, page);
  }

  private static void machine(Xml xml, Machine machine) {
    xml.put("instanceType", machine.type());
    xml.put("currentGeneration", true);
    xml.items("supportedUsageClasses", machine.usage(), QueryAnswers::text);
    xml.within(
        "processorInfo",
        () -> xml.items("supportedArchitectures", machine.architectures(), QueryAnswers::text));
    xml.within("vCpuInfo", () -> xml.put("defaultVCpus", machine.vcpus()));
    xml.within("memoryInfo", () -> xml.put("sizeInMiB", machine.memoryMiB()));
    if (!machine.gpus().isEmpty()) {
      xml.within(
          "gpuInfo",
          () -> {
            xml.items("gpus", machine.gpus(), QueryAnswers::gpu);
            xml.put(
                "totalGpuMemoryInMiB",
                machine.gpus().stream().mapToLong(g -> g.count() * g.memoryMiB()).sum());
          });
    }
  }

  private static void gpu(Xml xml, Machine.Gpu gpu) {
    xml.put("name", gpu.name());
    xml.put("manufacturer", gpu.manufacturer());
    xml.put("count", gpu.count());
    xml.within("memoryInfo", () -> xml.put("sizeInMiB", gpu.memoryMiB()));
  }

  /** An item that is nothing but its text. */
  private static void text(Xml xml, String value) {
    xml.text(value);
  }

  private static void zones(Region region, Xml xml) {
    xml.items(
        "availabilityZoneInfo",
        region.zones().entrySet(),
        (item, zone) ->
            item.put("zoneName", zone.getKey())
                .put("zoneState", "available")
                .put("regionName", region.name())
                .put("zoneId", zone.getValue())
                .put("zoneType", "availability-zone"));
  }

  private void offerings(Asked asked, Region region, Xml xml) {
    List<String> types = asked.filter("instance-type");
    List<Offering> all = new ArrayList<>();
    for (Machine machine : region.machines()) {
      for (String zone : region.zones().keySet()) {
        if ((types.isEmpty() || types.contains(machine.type()))
            && region.offers(machine.type(), zone)) {
          all.add(new Offering(machine.type(), zone));
        }
      }
    }
    Page<Offering> page = pages.cut(all, asked.one("NextToken"));
    xml.items(
        "instanceTypeOfferingSet",
        page.items(),
        (item, one) ->
            item.put("instanceType", one.type())
                .put("locationType", "availability-zone")
                .put("location", one.zone()));
    next(xml, page);
  }

  /** As EC2 does, with the last change before the time asked for: the price in force then. */
  private void prices(Asked asked, Region region, Xml xml) {
    List<String> types = asked.all("InstanceType");
    Instant since = Instant.parse(asked.one("StartTime"));
    Map<String, Price> inForce = new LinkedHashMap<>();
    List<Price> all = new ArrayList<>();
    region.prices().stream()
        .filter(price -> types.isEmpty() || types.contains(price.type()))
        .sorted(Comparator.comparing(Price::at))
        .forEach(price -> {
          if (price.at().isBefore(since)) {
            inForce.put(price.type() + "/" + price.zone(), price);
          } else {
            all.addFirst(price);
          }
        });
    all.addAll(inForce.values());
    Page<Price> page = pages.cut(all, asked.one("NextToken"));
    xml.items(
        "spotPriceHistorySet",
        page.items(),
        (item, price) ->
            item.put("instanceType", price.type())
                .put("productDescription", "Linux/UNIX")
                .put("spotPrice", price.usd())
                .put("timestamp", price.at())
                .put("availabilityZone", price.zone()));
    // EC2's last page has a token too: an empty one.
    xml.put("nextToken", page.next());
  }

  private void scores(Asked asked, Region region, Xml xml) {
    boolean few = new TreeSet<>(asked.all("InstanceType")).size() < 3;
    Page<Map.Entry<String, Integer>> page =
        pages.cut(List.copyOf(region.scores().entrySet()), asked.one("NextToken"));
    xml.items(
        "spotPlacementScoreSet",
        page.items(),
        (item, score) ->
            item.put("region", region.name())
                .put("availabilityZoneId", score.getKey())
                .put("score", few ? 1 : score.getValue()));
    next(xml, page);
  }

  private void reservations(Asked asked, Region region, Xml xml) {
    Page<Reservation> page = pages.cut(region.reservations(), asked.one("NextToken"));
    xml.items(
        "capacityReservationSet",
        page.items(),
        (item, one) ->
            item.put("instanceType", one.type())
                .put("instancePlatform", one.platform())
                .put("availabilityZone", one.zone())
                .put("tenancy", "default")
                .put("totalInstanceCount", one.free() + 1)
                .put("availableInstanceCount", one.free())
                .put("state", "active"));
    next(xml, page);
  }

  private static void next(Xml xml, Page<?> page) {
    if (!page.next().isEmpty()) {
      xml.put("nextToken", page.next());
    }
  }
}
