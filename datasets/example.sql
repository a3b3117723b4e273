SELECT airlines.name AS airline,
       count(*) AS flights,
       round(avg(flights.arr_delay), 2) AS mean_arrival_delay_minutes
FROM flights
JOIN airlines ON airlines.carrier = flights.carrier
GROUP BY airlines.name
ORDER BY mean_arrival_delay_minutes DESC, airline
