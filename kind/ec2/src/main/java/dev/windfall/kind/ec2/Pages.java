package dev.windfall.kind.ec2;

import java.util.List;

/** Cuts lists into pages. A token says where the next one begins. */
final class Pages {
  /** EC2 gives fewer items than were asked for whenever it likes, and so does a size of 1. */
  private volatile int size = 1000;

  /**
   * One page.
   *
   * @param next the token of the page after it; empty on the last
   */
  record Page<T>(List<T> items, String next) {}

  void size(int most) {
    size = most;
  }

  <T> Page<T> cut(List<T> all, String token) {
    if (!token.isEmpty() && !token.matches("[0-9]{1,9}")) {
      throw new Refusal(400, "InvalidNextToken", "The token '" + token + "' is invalid");
    }
    int from = token.isEmpty() ? 0 : Math.min(Integer.parseInt(token), all.size());
    int to = Math.min(all.size(), from + size);
    return new Page<>(all.subList(from, to), to < all.size() ? String.valueOf(to) : "");
  }
}
