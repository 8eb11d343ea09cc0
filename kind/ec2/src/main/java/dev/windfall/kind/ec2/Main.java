package dev.windfall.kind.ec2;

import java.lang.System.Logger.Level;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The endpoint as a program, with a small market whose spot prices move every second: {@code Main
 * PORT [SEED]}. Runs until it is ended.
 */
public final class Main {
  private static final System.Logger LOG = System.getLogger(Main.class.getName());
  private static final String REGION = "eu-central-1";

  private final Region region;
  private final Random random;
  private final List<Pool> pools = new ArrayList<>();

  private record Pool(String type, String zone, double usual) {}

  private Main(Region region, long seed) {
    this.region = region;
    this.random = new Random(seed);
  }

  public static void main(String[] args) throws InterruptedException {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
    long seed = args.length > 1 ? Long.parseLong(args[1]) : 1;
    LocalEc2 ec2 = LocalEc2.start(InstantSource.system(), port);
    Main market = new Main(ec2.region(REGION), seed);
    market.open();
    LOG.log(Level.INFO, "EC2 of {0} answers on {1}; seed {2,number,#}", REGION, ec2.uri(), seed);
    var _ =
        Executors.newSingleThreadScheduledExecutor()
            .scheduleAtFixedRate(market::move, 1, 1, TimeUnit.SECONDS);
    new CountDownLatch(1).await();
  }

  private void open() {
    region
        .zone(REGION + "a", "euc1-az2")
        .zone(REGION + "b", "euc1-az3")
        .zone(REGION + "c", "euc1-az1");
    region.score("euc1-az1", 3).score("euc1-az2", 7).score("euc1-az3", 9);
    sell(Machine.nvidia("g4dn.xlarge", 4, 16, 1, "T4", 16384), 0.26, "0.658");
    sell(Machine.nvidia("g4dn.2xlarge", 8, 32, 1, "T4", 16384), 0.33, "0.94");
    sell(Machine.nvidia("g5.xlarge", 4, 16, 1, "A10G", 24576), 0.48, "1.258");
    sell(Machine.nvidia("g5.2xlarge", 8, 32, 1, "A10G", 24576), 0.55, "1.515");
    sell(Machine.nvidia("g5.12xlarge", 48, 192, 4, "A10G", 24576), 2.5, "7.09");
    sell(Machine.nvidia("g6.xlarge", 4, 16, 1, "L4", 24576), 0.40, "1.006");
    sell(Machine.nvidia("g6.2xlarge", 8, 32, 1, "L4", 24576), 0.45, "1.222");
    sell(Machine.nvidia("g6.4xlarge", 16, 64, 1, "L4", 24576), 0.62, "1.654");
    region.machine(Machine.plain("m7i.large", 2, 8));
  }

  private void sell(Machine machine, double spot, String listed) {
    region.machine(machine).onDemand(machine.type(), listed);
    for (String zone : region.zones().keySet()) {
      pools.add(new Pool(machine.type(), zone, spot));
      move(pools.getLast());
    }
  }

  private void move() {
    pools.forEach(this::move);
  }

  private void move(Pool pool) {
    double now = pool.usual() * (0.8 + 0.4 * random.nextDouble());
    String usd = BigDecimal.valueOf(now).setScale(6, RoundingMode.HALF_UP).toPlainString();
    region.price(pool.type(), pool.zone(), usd);
  }
}
