package dev.windfall.policies;

import java.util.List;
import java.util.stream.Collectors;

/** A document that cannot be used as a whole. Its message lists every problem, one a line. */
public final class UnreadableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient List<Problem> problems;

  UnreadableException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  public List<Problem> problems() {
    return problems;
  }
}
