SELECT flights.carrier,
       airlines.name AS airline,
       flights.year,
       flights.month,
       count(*) AS flights,
       count_if(flights.dep_time IS NULL) AS cancelled,
       count_if(flights.arr_delay > 15) AS late,
       round(avg(flights.dep_delay), 2) AS mean_departure_delay,
       round(avg(flights.arr_delay), 2) AS mean_arrival_delay
FROM flights
JOIN airlines ON airlines.carrier = flights.carrier
GROUP BY flights.carrier, airlines.name, flights.year, flights.month
