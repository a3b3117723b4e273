jest.setTimeout(10 * 60_000);
