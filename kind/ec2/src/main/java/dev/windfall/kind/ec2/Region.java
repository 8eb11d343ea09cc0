package dev.windfall.kind.ec2;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What one region offers. A test, or a market that moves, changes it at any time. */
public final class Region {
  /** One change of a price, as EC2 lists it: the price is text, and may be any. */
  record Price(String type, String zone, String usd, Instant at) {}

  /** Capacity that was paid for. */
  record Reservation(String type, String zone, int free, String platform) {}

  private final String name;
  private final InstantSource clock;
  private final Map<String, String> zones = new LinkedHashMap<>();
  private final Map<String, Machine> machines = new LinkedHashMap<>();
  private final List<Price> prices = new ArrayList<>();
  private final List<Reservation> reservations = new ArrayList<>();
  private final Map<String, Integer> scores = new TreeMap<>();
  private final Map<String, Double> quotas = new TreeMap<>();
  private final Map<String, String> listed = new TreeMap<>();
  private final Map<String, Integer> bands = new TreeMap<>();
  private final List<String> withheld = new ArrayList<>();

  Region(String name, InstantSource clock) {
    this.name = name;
    this.clock = clock;
  }

  String name() {
    return name;
  }

  /** Adds a zone, such as {@code eu-central-1a} with the id {@code euc1-az2}. */
  public synchronized Region zone(String zone, String id) {
    zones.put(zone, id);
    return this;
  }

  /** Adds an instance type, which every zone then offers. */
  public synchronized Region machine(Machine machine) {
    machines.put(machine.type(), machine);
    return this;
  }

  /** Ends the offering of a type in one zone. */
  public synchronized Region withhold(String type, String zone) {
    withheld.add(type + "/" + zone);
    return this;
  }

  /** Moves a spot price now. */
  public Region price(String type, String zone, String usd) {
    return price(type, zone, usd, clock.instant());
  }

  /** Adds a change of a spot price to the history. */
  public synchronized Region price(String type, String zone, String usd, Instant at) {
    prices.add(new Price(type, zone, usd, at));
    return this;
  }

  /** Adds reserved capacity with so many free instances. */
  public Region reservation(String type, String zone, int free) {
    return reservation(type, zone, free, "Linux/UNIX");
  }

  /** The same for another operating system. */
  public synchronized Region reservation(String type, String zone, int free, String platform) {
    reservations.add(new Reservation(type, zone, free, platform));
    return this;
  }

  /** The placement score of a zone, by its id. */
  public synchronized Region score(String zoneId, int score) {
    scores.put(zoneId, score);
    return this;
  }

  /** A service quota of EC2, such as {@code All P Spot Instance Requests}. */
  public synchronized Region quota(String quota, double value) {
    quotas.put(quota, value);
    return this;
  }

  /** The list price of a type. */
  public synchronized Region onDemand(String type, String usd) {
    listed.put(type, usd);
    return this;
  }

  /** The Spot Advisor's band of a type, 0 (below 5 %) to 4 (above 20 %). */
  public synchronized Region advised(String type, int band) {
    bands.put(type, band);
    return this;
  }

  /** Forgets all of it: a region that offers nothing. */
  public synchronized Region empty() {
    zones.clear();
    machines.clear();
    prices.clear();
    reservations.clear();
    return this;
  }

  synchronized Map<String, String> zones() {
    return new LinkedHashMap<>(zones);
  }

  synchronized List<Machine> machines() {
    return List.copyOf(machines.values());
  }

  synchronized List<Price> prices() {
    return List.copyOf(prices);
  }

  synchronized List<Reservation> reservations() {
    return List.copyOf(reservations);
  }

  synchronized Map<String, Integer> scores() {
    return new TreeMap<>(scores);
  }

  synchronized Map<String, Double> quotas() {
    return new TreeMap<>(quotas);
  }

  synchronized Map<String, String> listed() {
    return new TreeMap<>(listed);
  }

  synchronized Map<String, Integer> bands() {
    return new TreeMap<>(bands);
  }

  synchronized boolean offers(String type, String zone) {
    return !withheld.contains(type + "/" + zone);
  }
}
