package dev.windfall.kind.bench;

import dev.windfall.market.BookCodec;
import dev.windfall.market.Criteria;
import dev.windfall.market.Demand;
import dev.windfall.market.PriceBook;
import dev.windfall.market.Rank;
import dev.windfall.market.Ranking;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a book of 100,000 offers takes. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(
    value = 1,
    jvmArgs = {"-Xmx512m", "-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders"})
public class RankBenchmark {
  private static final int OFFERS = 100_000;

  private final PriceBook book = Books.book(OFFERS);
  private final byte[] bytes = BookCodec.write(book);

  /** Everything, each machine with all its GPUs. */
  @Benchmark
  public Ranking everything() {
    return Rank.rank(Criteria.everything(), book, Books.NOW);
  }

  /** For pods that wait, so that machines of one kind do not stand together. */
  @Benchmark
  public Ranking forOnePod() {
    return Rank.rank(Criteria.everything(Demand.pod(2)), book, Books.NOW);
  }

  @Benchmark
  public PriceBook makingTheBook() {
    return PriceBook.of(book.offers(), book.sources());
  }

  @Benchmark
  public byte[] writing() {
    return BookCodec.write(book);
  }

  @Benchmark
  public BookCodec.Reading reading() throws IOException {
    return BookCodec.read(bytes, Books.NOW);
  }
}
