package dev.windfall.server;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** What this process is called among its replicas. */
final class Replica {
  private static final int RANDOM_BYTES = 4;

  private Replica() {}

  /** The machine's name and something random, since two may run on one machine. */
  static String name() {
    byte[] random = new byte[RANDOM_BYTES];
    RandomGenerator.getDefault().nextBytes(random);
    return host() + "_" + HexFormat.of().formatHex(random);
  }

  static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }
}
