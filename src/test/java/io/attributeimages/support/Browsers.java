package io.attributeimages.support;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.util.ArrayList;
import java.util.List;

/**
 * A real browser for the tests of the pages. Playwright is for one thread: open, use and close it
 * on the same.
 */
public final class Browsers implements AutoCloseable {

  private static final List<String> ARGUMENTS =
      List.of(
          "--no-sandbox",
          "--disable-gpu",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--no-first-run");

  /** Generous: nothing here is about speed. */
  public static final double PATIENCE_MILLIS = 60_000;

  private final Playwright playwright;
  private final Browser browser;

  private Browsers(Playwright playwright, Browser browser) {
    this.playwright = playwright;
    this.browser = browser;
  }

  /**
   * Starts one.
   *
   * @throws IllegalStateException that says how to get one, if there is none
   */
  public static Browsers start() {
    BrowserType.LaunchOptions options =
        new BrowserType.LaunchOptions().setExecutablePath(Chromium.find()).setArgs(ARGUMENTS);
    Playwright playwright =
        Playwright.create(new Playwright.CreateOptions().setEnv(Chromium.NO_DOWNLOAD));
    try {
      return new Browsers(playwright, playwright.chromium().launch(options));
    } catch (RuntimeException e) {
      playwright.close();
      throw e;
    }
  }

  /** What a visitor's browser is like: 1280 pixels wide, light, in English; to be changed. */
  public static Browser.NewContextOptions visitor() {
    return new Browser.NewContextOptions().setViewportSize(1280, 900).setLocale("en-US");
  }

  /** A page of a new visitor, who has no cookies, no storage and no history. */
  public Tab open(Browser.NewContextOptions visitor, String url) {
    BrowserContext context = browser.newContext(visitor);
    context.setDefaultTimeout(PATIENCE_MILLIS);
    context.setDefaultNavigationTimeout(PATIENCE_MILLIS);
    Tab tab = new Tab(context.newPage(), new ArrayList<>());
    tab.page().onPageError(tab.complaints()::add);
    tab.page()
        .onConsoleMessage(
            message -> {
              if ("error".equals(message.type())) {
                tab.complaints().add(message.text());
              }
            });
    tab.page().navigate(url);
    return tab;
  }

  /**
   * A visitor's page.
   *
   * @param page the page
   * @param complaints the errors of its scripts, and what the browser refused to load or to run
   */
  public record Tab(Page page, List<String> complaints) implements AutoCloseable {

    /** What an accessibility checker finds wrong with what is shown now, in words. */
    public List<String> barriers() {
      return new AxeBuilder(page)
          .analyze().getViolations().stream()
              .flatMap(
                  rule ->
                      rule.getNodes().stream()
                          .map(
                              node ->
                                  rule.getId()
                                      + ": "
                                      + node.getTarget()
                                      + " "
                                      + node.getFailureSummary()))
              .toList();
    }

    /** Ends the visit. */
    @Override
    public void close() {
      page.context().close();
    }
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
  }
}
